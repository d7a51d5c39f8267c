"""What stands behind disputes, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Items, One, Resource, enumerated, instant, integer, reference, register, text
from plumb_tenants.attribution.states import DisputeState

DISPUTE = register(
    Resource(
        type_name="Dispute",
        doc="异议 / An inquiry about the shares of an order, bound to the version that is disputed.",
        table="dispute",
        read=Permission.DISPUTE_READ,
        reads=("dispute", "dispute_comment", "sales_order", "person"),
        own=("{row}.person_id",),
        mine=("{row}.opened_by",),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            text("subject"),
            enumerated("state", DisputeState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            reference("order_id", "Order"),
            reference("unit_id", "OrgUnit"),
            reference("person_id", "Person"),
            instant("opened_at", "{row}.created_at", core=True),
            text("resolution"),
            integer("resolved_number", doc="解决时份额版本号 / The number of the shares that stood when it was resolved."),
            instant("resolved_at"),
        ),
        relations=(
            One(name="order", target="Order", by="{row}.order_id", part=True, doc="订单 / The order in question."),
            One(
                name="disputed",
                target="ShareVersion",
                by="{row}.share_version_id",
                part=True,
                doc="争议的份额版本 / The version of the shares that it is about.",
            ),
            Items(
                name="comments",
                type_name="DisputeComment",
                type_doc="发言 / What somebody said in a dispute.",
                columns=(
                    text("text", "{item}.text", core=True),
                    instant("said_at", "{item}.created_at", core=True),
                    text("name", "{item}.name", doc="发言人 / Who said it; null for somebody who is no employee."),
                ),
                source="(select c.id, c.text, c.created_at, p.name from dispute_comment c "
                "left join person p on p.tenant_id = c.tenant_id and p.id = c.person_id "
                "where c.tenant_id = {row}.tenant_id and c.dispute_id = {row}.id)",
                order="{item}.id",
                doc="发言 / What was said, oldest first.",
            ),
        ),
    )
)
