"""What stands behind messages, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, instant, register, text

MESSAGE = register(
    Resource(
        type_name="Message",
        doc="消息 / What the product told a person or a member, in both languages.",
        table="message",
        read=Permission.MESSAGE_READ,
        reads=("message",),
        own=("{row}.person_id",),
        mine=("{row}.membership_id",),
        order=("-id",),
        columns=(
            text("kind", core=True, doc="消息类型 / The occasion, such as letter.reminder."),
            text(
                "object_id",
                "{row}.object_type || '_' || {row}.object_id",
                core=True,
                doc="所涉对象 / The global id of what it is about.",
            ),
            text("zh", core=True, doc="中文内容 / The text in Chinese."),
            text("en", core=True, doc="英文内容 / The text in English."),
            instant("sent_at", "{row}.created_at", core=True),
            instant("read_at", doc="阅读时间 / When it was read; null till then."),
        ),
    )
)
