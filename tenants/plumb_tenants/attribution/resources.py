"""What stands behind bonus periods, orders, their shares and their credit, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Many,
    One,
    Resource,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
    texts,
)
from plumb_tenants.attribution.rules import SplitType
from plumb_tenants.attribution.states import CreditKind, ExportFormat, PeriodState, ShareSource

_ORDER = Join("o", "join sales_order {o} on {o}.tenant_id = {row}.tenant_id and {o}.id = {row}.order_id")
_PERIOD = Join("b", "join bonus_period {b} on {b}.tenant_id = {row}.tenant_id and {b}.id = {row}.period_id")
_LINES = (
    "(select l.line ->> 'role' as role, (l.line ->> 'percent')::numeric as percent, (l.line ->> 'amount')::numeric as amount, "
    "(l.line ->> 'person')::uuid as person, l.place, p.name "
    "from jsonb_array_elements({row}.lines) with ordinality as l (line, place) "
    "left join person p on p.tenant_id = {row}.tenant_id and p.id = (l.line ->> 'person')::uuid)"
)

_BY = "to_jsonb(string_to_array({item}.grouped_by, ','))"

BONUS_PERIOD = register(
    Resource(
        type_name="BonusPeriod",
        doc="奖金期 / A period that bonuses are paid for; a closed one never changes.",
        table="bonus_period",
        read=Permission.PERIOD_READ,
        reads=("bonus_period", "bonus_export"),
        order=("-starts_on",),
        columns=(
            text("code", core=True),
            text("name"),
            day("starts_on", core=True),
            day("ends_on", core=True),
            enumerated("state", PeriodState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("closed_at"),
            integer("line_count", doc="明细行数 / How many lines a closed period pays."),
        ),
        relations=(
            Items(
                name="exports",
                type_name="BonusExport",
                type_doc="奖金文件 / A file made of a closed period.",
                columns=(
                    enumerated("format", ExportFormat, "{item}.format", core=True),
                    texts("by", _BY, core=True, doc="归因维度 / The dimensions whose groups it sums; none for a file of lines."),
                    text("sha256", "{item}.sha256", core=True, doc="文件摘要 / The SHA-256 of the whole file."),
                    integer("size", "{item}.size", core=True),
                    instant("made_at", "{item}.created_at", core=True),
                ),
                source="(select e.format, e.grouped_by, e.sha256, e.size, e.created_at from bonus_export e "
                "where e.tenant_id = {row}.tenant_id and e.period_id = {row}.id)",
                order="{item}.format, {item}.grouped_by",
                doc="奖金文件 / The files that were made of it.",
            ),
        ),
    )
)

ORDER = register(
    Resource(
        type_name="Order",
        doc="订单 / An order whose credit is split over those who contributed.",
        table="sales_order",
        read=Permission.ORDER_READ,
        reads=("sales_order",),
        own=("{row}.owner_id",),
        unit="{row}.unit_id",
        order=("-ordered_on",),
        columns=(
            text("code", core=True, doc="外部订单编号 / The company's own code for it."),
            text("customer"),
            text("product"),
            text("region"),
            decimal("amount"),
            text("currency"),
            day("ordered_on", core=True),
            reference("unit_id", "OrgUnit"),
            reference("owner_id", "Person"),
            reference("period_id", "BonusPeriod"),
            reference("template_version_id", "DefinitionVersion", "{row}.definition_version_id"),
            enumerated("split_type", SplitType),
            integer("number", core=True, doc="份额版本号 / The number of the shares that stand."),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("created_at"),
        ),
        relations=(
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Its unit."),
            One(name="owner", target="Person", by="{row}.owner_id", doc="负责人 / Its first party."),
            One(name="period", target="BonusPeriod", by="{row}.period_id", doc="奖金期 / The period of its day."),
            Many(
                name="shares",
                target="ShareVersion",
                on="{there}.order_id = {row}.id",
                part=True,
                doc="份额历史 / Every version of its shares, newest first.",
            ),
            Many(name="credit", target="Credit", on="{there}.order_id = {row}.id", doc="归因金额 / The credit given for it."),
            Many(name="disputes", target="Dispute", on="{there}.order_id = {row}.id", doc="异议 / What was asked about it."),
        ),
    )
)

SHARE_VERSION = register(
    Resource(
        type_name="ShareVersion",
        doc="份额版本 / The shares of an order as somebody set them: who, when and why.",
        table="share_version",
        read=Permission.ORDER_READ,
        reads=("share_version", "sales_order", "bonus_period", "person"),
        own=("{o}.owner_id",),
        unit="{o}.unit_id",
        joins=(_ORDER, _PERIOD),
        order=("-number",),
        columns=(
            reference("order_id", "Order"),
            integer("number", core=True),
            enumerated("source", ShareSource, core=True),
            text("reason"),
            decimal("amount", doc="订单金额 / The order's amount at that time."),
            text("period_code", "{b}.code", doc="入账奖金期 / The period that took it."),
            reference("set_by", "Member"),
            instant("set_at", "{row}.created_at", core=True),
        ),
        relations=(
            Items(
                name="lines",
                type_name="ShareLine",
                type_doc="份额 / One party's share; nobody's where the person is null.",
                columns=(
                    reference("person_id", "Person", "{item}.person"),
                    text("name", "{item}.name"),
                    text("role", "{item}.role", core=True),
                    decimal("percent", "{item}.percent", core=True),
                    decimal("amount", "{item}.amount", core=True),
                ),
                source=_LINES,
                order="{item}.place",
                doc="份额 / The shares in their order.",
            ),
        ),
    )
)

CREDIT = register(
    Resource(
        type_name="Credit",
        doc="归因金额 / What a person gets of an order in a period.",
        table="credit",
        read=Permission.CREDIT_READ,
        reads=("credit", "sales_order", "bonus_period"),
        own=("{row}.person_id",),
        unit="{row}.unit_id",
        joins=(_ORDER, _PERIOD),
        order=("-id",),
        columns=(
            reference("person_id", "Person", doc="人员 / Null for what nobody gets."),
            reference("unit_id", "OrgUnit"),
            reference("order_id", "Order"),
            reference("period_id", "BonusPeriod"),
            text("role"),
            enumerated("kind", CreditKind, core=True),
            decimal("percent"),
            decimal("amount"),
            text("currency", "{o}.currency"),
            text("order_code", "{o}.code"),
            text("customer", "{o}.customer"),
            text("product", "{o}.product"),
            text("region", "{o}.region"),
            day("ordered_on", "{o}.ordered_on"),
            text("period_code", "{b}.code"),
        ),
        relations=(
            One(name="person", target="Person", by="{row}.person_id", doc="人员 / Who gets it."),
            One(name="order", target="Order", by="{row}.order_id", part=True, doc="订单 / The order that it comes from."),
            One(name="shares", target="ShareVersion", by="{row}.share_version_id", part=True, doc="份额版本 / What gave it."),
            One(name="period", target="BonusPeriod", by="{row}.period_id", doc="奖金期 / The period that pays it."),
        ),
    )
)
