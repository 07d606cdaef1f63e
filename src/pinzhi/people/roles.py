"""Who may do what: roles, and the one table that says which verb needs which role. Data, so that management can read it and a test can check it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pinzhi.kernel.values import Text


class Role(StrEnum):
    """The roles of the house (design section 5)."""

    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    ANALYST = "analyst"
    SAMPLING_OFFICER = "sampling_officer"
    COMPLAINT_AGENT = "complaint_agent"
    SANCTIONS_OFFICER = "sanctions_officer"
    TRAINER = "trainer"
    MANAGER = "manager"
    REGULATOR = "regulator"
    MERCHANT = "merchant"
    LABORATORY = "laboratory"
    API_CLIENT = "api_client"


ROLE_NAMES: dict[Role, Text] = {
    Role.ADMINISTRATOR: Text("系统管理员", "administrator"),
    Role.REVIEWER: Text("审核员", "reviewer"),
    Role.SENIOR_REVIEWER: Text("高级审核员", "senior reviewer"),
    Role.ANALYST: Text("监测分析员", "analyst"),
    Role.SAMPLING_OFFICER: Text("抽检专员", "sampling officer"),
    Role.COMPLAINT_AGENT: Text("投诉专员", "complaint agent"),
    Role.SANCTIONS_OFFICER: Text("处罚专员", "sanctions officer"),
    Role.TRAINER: Text("培训专员", "trainer"),
    Role.MANAGER: Text("质量经理", "manager"),
    Role.REGULATOR: Text("监管人员", "regulator"),
    Role.MERCHANT: Text("商家用户", "merchant user"),
    Role.LABORATORY: Text("检验机构用户", "laboratory user"),
    Role.API_CLIENT: Text("接口客户端", "API client"),
}

STAFF: frozenset[Role] = frozenset(Role) - {Role.REGULATOR, Role.MERCHANT, Role.LABORATORY, Role.API_CLIENT}

_DESK = frozenset(
    {
        Role.ANALYST,
        Role.REVIEWER,
        Role.SENIOR_REVIEWER,
        Role.COMPLAINT_AGENT,
        Role.SANCTIONS_OFFICER,
        Role.SAMPLING_OFFICER,
        Role.MANAGER,
    }
)

VERBS: dict[str, frozenset[Role]] = {
    "casework.claim": _DESK,
    "casework.release": _DESK,
    "casework.decide": _DESK,
    "casework.confirm": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "casework.reject": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "casework.withdraw": _DESK,
    "casework.snooze": _DESK,
    "casework.wake": _DESK,
    "casework.assign": frozenset({Role.MANAGER, Role.SENIOR_REVIEWER}),
    "casework.escalate": _DESK,
    "casework.ask": _DESK,
    "casework.undo": _DESK,
    "casework.reopen": _DESK,
    "casework.comment": _DESK,
    "casework.settle": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "casework.golden": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "casework.inspect": _DESK,
    "casework.visit": _DESK,
    "casework.appoint": frozenset({Role.MERCHANT}),
    "casework.task": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "casework.view": _DESK,
    "casework.share": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "admission.submit": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.REVIEWER, Role.SENIOR_REVIEWER}),
    "admission.appeal": frozenset({Role.MERCHANT}),
    "admission.review": frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER, Role.MANAGER}),
    "admission.watch": frozenset({Role.ADMINISTRATOR}),
    "admission.register": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER, Role.ADMINISTRATOR}),
    "admission.draft": frozenset({Role.ANALYST, Role.SENIOR_REVIEWER, Role.MANAGER, Role.ADMINISTRATOR}),
    "admission.publish": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "admission.revert": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.capture": frozenset({Role.MERCHANT, Role.LABORATORY, Role.API_CLIENT, Role.ADMINISTRATOR}),
    "tracing.issue": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.number": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.print": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.void": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.report": frozenset(),  # whoever holds the goods; the house acts for him
    "tracing.judge": frozenset({Role.ANALYST, Role.SENIOR_REVIEWER, Role.SANCTIONS_OFFICER, Role.MANAGER}),
    "tracing.copies": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.places": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.cold": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR}),
    "tracing.told": frozenset({Role.API_CLIENT, Role.SANCTIONS_OFFICER, Role.MANAGER}),
    "tracing.subscribe": frozenset({Role.API_CLIENT, Role.ADMINISTRATOR}),
    "tracing.drill": frozenset({Role.MERCHANT, Role.SENIOR_REVIEWER, Role.SANCTIONS_OFFICER, Role.MANAGER}),
    "tracing.recall": frozenset({Role.SENIOR_REVIEWER, Role.SANCTIONS_OFFICER, Role.MANAGER}),
    "complaints.open": frozenset({Role.API_CLIENT, Role.COMPLAINT_AGENT, Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.offence": frozenset({Role.API_CLIENT, Role.COMPLAINT_AGENT, Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.follow": frozenset(
        {Role.COMPLAINT_AGENT}
    ),  # on the phone for the buyer; from his page the house acts for whoever holds the key
    "complaints.answer": frozenset({Role.MERCHANT, Role.API_CLIENT}),
    "complaints.ask": frozenset({Role.MERCHANT, Role.API_CLIENT}),
    "complaints.fulfil": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.COMPLAINT_AGENT, Role.MANAGER}),
    "complaints.handle": frozenset({Role.COMPLAINT_AGENT, Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.review": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.fast": frozenset({Role.MERCHANT}),  # nobody allows it for him
    "complaints.money": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "complaints.export": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.contact": frozenset({Role.MANAGER}),
    "complaints.reply_publicly": frozenset({Role.MERCHANT}),
    "complaints.take_down": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "complaints.clock": frozenset(),  # the clock runs by itself
    "complaints.place": frozenset(),  # which complaints are one matter is asked by itself
    "monitoring.sweep": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR}),
    "monitoring.judge": frozenset({Role.ANALYST, Role.MANAGER}),
    "rating.recompute": frozenset({Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR}),
    "rating.review": frozenset({Role.ANALYST, Role.SENIOR_REVIEWER, Role.MANAGER}),
    "decisions.lift": frozenset({Role.SENIOR_REVIEWER, Role.MANAGER}),
    "decisions.subscribe": frozenset({Role.ADMINISTRATOR, Role.API_CLIENT}),
    "decisions.replay": frozenset({Role.ADMINISTRATOR, Role.API_CLIENT}),
    "engine.retry": frozenset({Role.ADMINISTRATOR}),
    "engine.discard": frozenset({Role.ADMINISTRATOR}),
    "feeds.import": frozenset({Role.API_CLIENT, Role.ADMINISTRATOR}),
    "catalogue.register": frozenset({Role.API_CLIENT, Role.ADMINISTRATOR}),
    "catalogue.update": frozenset({Role.API_CLIENT, Role.ADMINISTRATOR}),
    "catalogue.batch": frozenset({Role.MERCHANT}),
    "catalogue.paper": frozenset({Role.MERCHANT}),
    "catalogue.upload": frozenset({Role.MERCHANT, Role.API_CLIENT, Role.REVIEWER, Role.SENIOR_REVIEWER}),
    "catalogue.observe": frozenset({Role.API_CLIENT, Role.ADMINISTRATOR}),
    "policy.draft": frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.ANALYST}),
    "policy.publish": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    "people.manage": frozenset({Role.ADMINISTRATOR}),
    "people.accept": frozenset(),  # whoever holds the one-time link; the house acts for him
    "people.lock": frozenset(),  # the login locks a name out; no person does
    "people.unlock": frozenset({Role.ADMINISTRATOR}),
    "people.token": frozenset({Role.ADMINISTRATOR}),
    "people.duty": frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
}
"""Verb → roles that may do it. Rules (`Actor.rule`) may do what their station's reactions do; they are not in this table."""


SCOPES: dict[str, tuple[Text, frozenset[str]]] = {
    "events:write": (Text("写入事件", "send events"), frozenset({"feeds.import", "catalogue.observe"})),
    "catalogue:write": (
        Text("登记商家、商品、批次", "register merchants, listings, batches"),
        frozenset({"catalogue.register"}),
    ),
    "listings:write": (
        Text("提交商品、试审、申诉", "submit listings, try them, appeal"),
        frozenset({"admission.submit", "admission.appeal", "catalogue.upload"}),
    ),
    "tracing:write": (
        Text("写入追溯事件", "send tracing events"),
        frozenset(
            {"tracing.capture", "tracing.told", "tracing.issue", "tracing.number", "tracing.print", "tracing.void"}
        ),
    ),
    "tracing:read": (
        Text("读取与订阅追溯事件", "read and subscribe to tracing events"),
        frozenset({"tracing.subscribe"}),
    ),
    "complaints:write": (
        Text("提交投诉、答复与履行", "send complaints, answer and fulfil them"),
        frozenset(
            {
                "complaints.open",
                "complaints.offence",
                "complaints.follow",
                "complaints.answer",
                "complaints.ask",
                "complaints.fulfil",
            }
        ),
    ),
    "fulfilments:write": (
        Text("报告退款等履行情况", "report that remedies were carried out"),
        frozenset({"complaints.fulfil"}),
    ),
    "complaints:read": (Text("读取投诉", "read complaints"), frozenset()),
    "standing:read": (Text("查询状态", "read standing"), frozenset()),
    "decisions:read": (Text("读取决定", "read decisions"), frozenset()),
    "webhooks:write": (
        Text("订阅与重放", "subscribe and replay"),
        frozenset({"decisions.subscribe", "decisions.replay"}),
    ),
    "cases:read": (Text("读取工单", "read cases"), frozenset()),
    "cases:decide": (
        Text("裁决工单（需两人裁决的除外）", "decide cases, except what takes two persons"),
        frozenset({"casework.decide", "admission.review", "monitoring.judge", "rating.review"}),
    ),
    "signals:read": (Text("读取预警", "read signals"), frozenset()),
    "ratings:read": (Text("读取评级", "read ratings"), frozenset()),
    "policies:read": (Text("读取规则版本", "read policy versions"), frozenset()),
    "metrics:read": (Text("读取运行指标", "read metrics"), frozenset()),
}
"""Scope of an API token → what it is called and the verbs that it may do.

A token decides only what one person may decide alone; what takes two takes persons.
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, an API token, or a rule. Leaves the house only as `label` (role, never a name)."""

    kind: str
    label: str
    account_id: int | None = None
    roles: frozenset[Role] = frozenset()
    organisation_id: int | None = None
    merchant_id: str = ""
    scopes: frozenset[str] = frozenset()

    @classmethod
    def rule(cls, policy: str) -> Actor:
        """A rule acting by itself under a policy version."""
        return cls("rule", f"rule:{policy}")

    @classmethod
    def system(cls, what: str) -> Actor:
        """The house keeping itself: imports from the command line, schedules."""
        return cls("system", f"system:{what}")

    @property
    def outside(self) -> bool:
        """Whether this actor works for somebody else than the platform and sees its own things only."""
        return bool(self.merchant_id) or bool(self.roles & {Role.MERCHANT, Role.LABORATORY})

    def may(self, verb: str) -> bool:
        """Whether this actor may do `verb`. Unknown verbs are nobody's."""
        if self.kind in ("rule", "system"):
            return True
        if self.kind == "token":
            return any(verb in SCOPES[scope][1] for scope in self.scopes if scope in SCOPES)
        return bool(self.roles & VERBS.get(verb, frozenset()))
