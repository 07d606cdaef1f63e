"""Every page a person sees in the console, in one table: a new screen is one line here, and everything below is held for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """
    `path` may name `{case}`, `{signal}`, `{listing}`, `{ruleset}` of the seeded market. `zh`, `en`: words that must stand on it in each language.

    `who` looks at it: an account of the market, `""` for nobody, `"half"` for somebody who has given his password and not yet his second factor.
    """

    name: str
    path: str
    zh: str
    en: str
    who: str = "lin"
    status: int = 200


SCREENS: tuple[Screen, ...] = (
    Screen("today", "/console/", "今日", "Today"),
    Screen("cases", "/console/cases/", "工单", "Cases"),
    Screen("cases-empty", "/console/cases/?text=nothing-like-this", "工单", "Cases"),
    Screen("case", "/console/cases/{case}/", "是否下架", "Delist?"),
    Screen("admission", "/console/admission/", "哪些商品可以上架", "What may be sold"),
    Screen("admission-ending", "/console/admission/ending/", "即将到期", "Ending soon"),
    Screen("admission-empty", "/console/admission/?text=nothing-like-this", "没有待办工单", "Nothing waits here"),
    Screen("admission-case", "/console/cases/{doubtful}/", "商品信息是否真实、合法", "Is this listing true and lawful"),
    Screen("admission-appeal", "/console/cases/{appealed}/", "商家申诉", "The merchant appeals"),
    Screen(
        "admission-weighed", "/console/cases/{weighed}/", "商品信息是否真实、合法", "Is this listing true and lawful"
    ),
    Screen("admission-report", "/console/cases/{reported}/", "检验报告", "Test report"),
    Screen("admission-two", "/console/cases/{two}/", "两种结论", "Two answers"),
    Screen("lab", "/console/admission/rules/", "规则实验室", "Rule lab"),
    Screen("lab-draft", "/console/admission/rules/?file=conduct", "起草规则", "Draft rules"),
    Screen("lab-version", "/console/admission/rules/{ruleset}/", "试运行", "In the shadow"),
    Screen("tracing", "/console/tracing/", "追溯覆盖", "Coverage of the sales"),
    Screen("tracing-piece", "/console/tracing/piece?code={traced}", "流转记录", "The way"),
    Screen("recall", "/console/tracing/recalls/{recall}/", "召回演练", "Recall drill"),
    Screen("complaints", "/console/complaints/", "投诉维权", "Complaints"),
    Screen("complaint-new", "/console/complaints/new/", "电话投诉登记", "Complaint by telephone"),
    Screen("public-replies", "/console/complaints/replies/", "商家公开回应", "Public replies"),
    Screen("merchant-public", "/merchant/complaints/public/", "公开回应", "Public reply", who="bao"),
    Screen("fast-refunds", "/console/complaints/fast/", "消费者是否得到同等对待", "Are buyers treated alike"),
    Screen("fast-objection", "/console/cases/{objected}/", "商家陈述", "The merchant says"),
    Screen("books", "/console/complaints/books/", "账目平衡", "The books balance"),
    Screen("book-entries", "/console/complaints/books/entries", "缴纳保证金", "deposit paid in"),
    Screen("merchant-fast", "/merchant/complaints/fast/", "您已开通快速退款", "You allow fast refunds", who="bao"),
    Screen(
        "merchant-fast-consent", "/merchant/complaints/fast/consent", "试算费用", "What would it have cost", who="bao"
    ),
    Screen(
        "merchant-fast-one", "/merchant/complaints/{quick}/fast", "该退款为何不当", "Why is the refund wrong", who="bao"
    ),
    Screen("complaints-none", "/console/complaints/?text=nothing-like-this", "没有投诉", "No complaint here"),
    Screen("incidents", "/console/incidents/", "群体性投诉", "Incidents"),
    Screen("incidents-none", "/console/incidents/?text=nothing-like-this", "暂无群体性投诉", "No incident here"),
    Screen("incident-case", "/console/cases/{incident}/", "预览：每件所得", "Preview: what each gets"),
    Screen("complaint-case", "/console/cases/{contested}/", "依法可以主张", "What the law gives"),
    Screen("complaint-hazard", "/console/cases/{hazard}/", "可能有人受到伤害", "Somebody may be hurt"),
    Screen("complaint-waiting", "/console/complaints/{offered}/", "待消费者确认方案", "an offer lies before the buyer"),
    Screen("merchant-complaints", "/merchant/complaints/", "待您处理", "for you to do", who="bao"),
    Screen("merchant-complaint", "/merchant/complaints/{asked}/", "您的回复", "Your answer", who="bao"),
    Screen("merchant-ask", "/merchant/ask", "智能客服", "Ask the assistant", who="bao"),
    Screen("complain", "/complain", "遇到了什么问题", "What went wrong", who=""),
    Screen("ask", "/ask", "智能客服", "Ask the assistant", who=""),
    Screen("complaint-find", "/complaint", "查看进度", "How does it stand", who=""),
    Screen("complaint-statistics", "/complaints/statistics", "投诉统计", "Complaints in figures", who=""),
    Screen(
        "complain-gone", "/complain/AAAAAAAAAAAAAAAAAAAAAAAA/2", "该表单已失效", "no longer there", who="", status=404
    ),
    Screen("signal", "/console/monitoring/signals/{signal}/", "为什么预警", "Why did it fire"),
    Screen("monitoring", "/console/monitoring/", "日常监测", "Monitoring"),
    Screen("dossiers", "/console/dossiers/", "档案", "Dossiers"),
    Screen("dossier", "/console/dossiers/listing/{listing}/", "商品", "listing"),
    Screen("ratings", "/console/ratings/", "评级", "Ratings"),
    Screen("rating", "/console/ratings/listing/{listing}/", "为何是这一等级", "Why this grade"),
    Screen("evaluation", "/console/evaluation/", "半年评估", "evaluation"),
    Screen("inspections", "/console/inspections/", "现场核查", "Inspections"),
    Screen("inspection-new", "/console/inspections/new/{doubtful}", "申请现场核查", "Ask for an inspection"),
    Screen("inspections-mine", "/console/inspections/?mine=1", "现场核查", "Inspections"),
    Screen("inspection-due", "/console/inspections/{visit_appointed}/", "现场核查", "Inspection"),
    Screen("inspection-closed", "/console/inspections/{visit_closed}/", "现场核查", "Inspection"),
    Screen("inspection-declined", "/console/inspections/{visit_declined}/", "现场核查", "Inspection"),
    Screen("merchant-inspections", "/merchant/inspections/", "现场核查", "Inspections", who="bao"),
    Screen("merchant-inspection", "/merchant/inspections/{visit_proposed}/", "现场核查", "Inspection", who="bao"),
    Screen("merchant-inspected", "/merchant/inspections/{visit_closed}/", "现场核查", "Inspection", who="bao"),
    Screen("agreement", "/console/agreement/", "审核一致性", "Agreement"),
    Screen("duties", "/console/duties/", "部门职责", "Duties"),
    Screen("duties-law", "/console/duties/?quarter=2027Q1", "法定职责", "Fixed by law"),
    Screen("duty", "/console/duties/new?due_on=2027-01-31", "录入职责", "Enter a duty"),
    Screen(
        "what-if-wrong", "/console/ratings/listing/{listing}/?orders=x&days=0", "未作计算", "Nothing has been computed"
    ),
    Screen("ratings-empty", "/console/ratings/?text=nothing-like-this", "没有符合条件", "No rating with these filters"),
    Screen("evaluation-merchants", "/console/evaluation/?kpi=return_rate&kind=merchant", "商家", "merchant"),
    Screen("health", "/console/health/", "系统运行", "Health"),
    Screen("not-found", "/console/nothing/here/", "页面不存在", "There is nothing here", status=404),
    Screen(
        "no-such-case",
        "/console/cases/00000000-0000-4000-8000-000000000000/",
        "工单不存在",
        "There is no such case",
        status=404,
    ),
    Screen("merchant", "/merchant/", "我的提交", "My submissions", who="bao"),
    Screen("merchant-none", "/merchant/?state=quarantined", "尚未提交商品", "Nothing has been submitted", who="bao"),
    Screen("merchant-listing", "/merchant/listing", "试审或提交商品", "Try or submit a listing", who="bao"),
    Screen("merchant-again", "/merchant/listing?submission={refused}", "商品编号", "Listing id", who="bao"),
    Screen("merchant-refused", "/merchant/submissions/{refused}/", "存在的问题", "What stands against it", who="bao"),
    Screen("merchant-batches", "/merchant/batches/", "批次与编码", "Batches and codes", who="bao"),
    Screen("merchant-batch", "/merchant/batches/{traced}/", "链条完整度", "Chain", who="bao"),
    Screen("merchant-batch-new", "/merchant/batches/new", "登记批次", "Register a batch", who="bao"),
    Screen("piece", "{piece}", "编码有效", "The code is valid", who=""),
    Screen("piece-unknown", "{unknown_piece}", "未经本平台签发", "was not issued", who=""),
    Screen(
        "piece-none", "/01/06901234567893/21/A1", "这不是有效的商品编码", "This is no product code", who="", status=404
    ),
    Screen(
        "report",
        "/report?unit=https://id.gs1.org{piece}",
        "这件商品有什么问题",
        "What is wrong with this piece",
        who="",
    ),
    Screen("login", "/account/login/", "登录", "Sign in", who=""),
    Screen("second-factor", "/account/2fa/authenticate/", "双因素", "Two-Factor Authentication", who="half"),
    Screen("logout", "/account/logout/", "退出登录", "Sign out"),
    Screen("password", "/account/password/change/", "修改密码", "Change Password"),
    Screen("factors", "/account/2fa/", "双因素认证", "Second factor"),
    Screen("factors-with-app", "/account/2fa/", "双因素认证", "Second factor", who="fan"),
    Screen("totp", "/account/2fa/totp/activate/", "激活身份验证器应用", "Activate Authenticator App"),
    Screen(
        "totp-remove", "/account/2fa/totp/deactivate/", "停用身份验证器应用", "Deactivate Authenticator App", who="fan"
    ),
    Screen("keys", "/account/2fa/webauthn/", "安全密钥", "Security keys", who="fan"),
    Screen("key-add", "/account/2fa/webauthn/add/", "添加安全密钥", "Add Security Key", who="fan"),
    Screen("recovery", "/account/2fa/recovery-codes/", "恢复代码", "Recovery Codes", who="fan"),
    Screen("recovery-new", "/account/2fa/recovery-codes/generate/", "恢复代码", "Recovery Codes", who="fan"),
    Screen("reauthenticate", "/account/reauthenticate/", "确认访问", "Confirm Access"),
)
