"""The departments and duties of the demo: some done in time, some late, some ahead, whatever day it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import time as clock_time

from pinzhi.kernel.clock import SHANGHAI

DEPARTMENTS = (
    ("quality", "质量管理部", "quality management"),
    ("operations", "商家运营部", "merchant operations"),
    ("service", "客户服务部", "customer service"),
    ("legal", "法务合规部", "legal and compliance"),
)
DUTIES: tuple[tuple[str, int, int | None, str, str], ...] = (
    ("quality", -41, -43, "提交上月质量分析报告", "hand in last month's quality report"),
    ("quality", -12, -10, "复核评级规则的误限率", "review how often healthy goods are restricted"),
    ("quality", -3, None, "提交本月质量分析报告", "hand in this month's quality report"),
    ("quality", 20, None, "编制下季度抽检计划", "draw up the sampling plan of the next quarter"),
    ("operations", -25, -25, "核验食品类商家许可证", "verify the licences of food merchants"),
    ("operations", -8, None, "约谈退货率最高的五家商家", "talk to the five merchants with the most returns"),
    ("operations", 6, None, "回访已整改商家", "visit the merchants who have put things right"),
    ("service", -18, -16, "抽查一百件投诉的答复质量", "check the answers to a hundred complaints"),
    ("service", 12, None, "更新投诉受理话术", "renew the wording for taking complaints"),
    ("legal", -95, None, "修订平台违规处理规则", "revise the platform's rules on violations"),
    ("legal", 34, None, "准备一月份经营者身份信息报送", "prepare January's report of merchants' identities"),
)
"""Department, days from today to the day it is due, days to the day it was done (None: not done), and what it is."""


def enter(today: date) -> int:
    """Enter them as the house. Returns how many duties there are."""
    from pinzhi.people.duties import finish_duty, put_department, put_duty
    from pinzhi.people.roles import Actor

    house = Actor.system("demo")
    for code, zh, en in DEPARTMENTS:
        put_department(house, code, zh, en)
    for code, due, done, zh, en in DUTIES:
        duty = put_duty(house, code, zh, en, today + timedelta(days=due))
        if done is not None:
            moment = datetime.combine(today + timedelta(days=done), clock_time(17), SHANGHAI)
            finish_duty(house, duty.pk, now=moment)
    return len(DUTIES)
