"""A small knowledge of the tests' own, for the dialogue and the actions: the wording around the facts is the project's."""

from functools import lru_cache
from typing import Any

from bot.knowledge.loader import shipped
from bot.knowledge.model import GENERAL, WHOLE, Knowledge

YILI, GUANGDONG, SICHUAN = "新疆维吾尔自治区伊犁哈萨克自治州", "广东省", "四川省"
SOURCE = {"document": "guide", "section": "第一节"}
RUMOUR = {"document": "rumour"}


@lru_cache
def small() -> Knowledge:
    """Nine tasks, three places, four channels, one programme."""
    known = Knowledge.model_validate(
        {
            "documents": {
                "guide": {"title": "指南", "short": "指南", "as_of": "2025-03"},
                "rumour": {"title": "传闻", "note": True, "as_of": "2026-01"},
            },
            "channels": {
                "national_app": {"title": "APP", "names": ["APP"]},
                "wechat": {"title": "微信", "names": ["微信"]},
                "alipay": {"title": "支付宝", "names": ["支付宝"]},
                "counter": {"title": "窗口", "names": ["窗口"]},
            },
            "mini_programs": {"local": {"names": ["粤医保"], "region": GUANGDONG, "channels": ["alipay", "wechat"]}},
            "region_titles": {YILI: "伊犁", GUANGDONG: "广东", SICHUAN: "四川"},
            "phrases": {},
            "menu": ["bind_family", "pay_visit", "query_balance", "report_lost_card", "contact_agent"],
            "procedures": {task["id"]: task for task in _TASKS},
            "points": {
                point: {"title": title, "chip": chip, "trouble": point.startswith("stuck_")}
                for point, (title, chip) in _POINTS.items()
            },
            "facts": _FACTS,
            "bare": {"materials": ["要带什么"]},
            "cells": _CELLS,
        }
    )
    return known.model_copy(update={"phrases": shipped().phrases})


_TASKS: list[dict[str, Any]] = [
    {
        "id": "bind_family",
        "title": "绑定",
        "question": "怎么绑",
        "ask": ["channel", "region"],
        "related": ["unbind_family", "query_balance"],
        "next_points": ["materials", "duration", "in_person", "fee"],
        "variants": [
            {
                "channel": "national_app",
                "region": YILI,
                "lead": True,
                "title": "伊犁的绑定",
                "steps": ["伊犁第一步", "伊犁第二步"],
                "source": SOURCE,
            },
            {
                "channel": "national_app",
                "lead": True,
                "short": "打开APP加家人。",
                "steps": ["打开APP", "点亲情账户", "填家人姓名", "提交"],
                "source": SOURCE,
            },
            {"channel": ["wechat", "alipay"], "region": GUANGDONG, "steps": ["搜粤医保", "点绑定"], "source": SOURCE},
            {"channel": "alipay", "region": YILI, "after": "national_app", "steps": ["传照片"], "source": RUMOUR},
            {"channel": "counter", "steps": ["到窗口", "填申请表"], "source": SOURCE},
        ],
    },
    {
        "id": "unbind_family",
        "title": "解绑",
        "question": "怎么解绑",
        "variants": [{"channel": "national_app", "lead": True, "steps": ["找到家人", "点解绑"], "source": SOURCE}],
    },
    {
        "id": "bind_newborn",
        "title": "给新生儿绑定",
        "question": "新生儿怎么绑",
        "belongs_to": "bind_family",
        "variants": [{"channel": "national_app", "lead": True, "steps": ["先给孩子参保", "再绑"], "source": SOURCE}],
    },
    {
        "id": "pay_visit",
        "title": "看病",
        "question": "看病怎么付",
        "needs_binding": True,
        "variants": [{"ahead": "先绑定。", "steps": ["出示家人的码", "让收费员扫"], "source": SOURCE}],
    },
    {
        "id": "query_balance",
        "title": "查余额",
        "question": "余额怎么查",
        "needs_binding": True,
        "variants": [
            {"channel": "national_app", "lead": True, "steps": ["选家人", "看余额"], "source": SOURCE},
            {"channel": "wechat", "steps": ["微信里查"], "source": SOURCE},
        ],
    },
    {
        "id": "report_lost_card",
        "title": "挂失",
        "question": "卡丢了怎么办",
        "nationwide": True,
        "variants": [{"steps": ["打12333", "补卡"], "behind": {"reported": 1}, "source": SOURCE}],
    },
    {
        "id": "ask_fund_sharing",
        "title": "家庭共济",
        "question": "共济是什么",
        "own_money": True,
        "aside": True,
        "variants": [{"summary": "用自己的钱给家人付。", "source": SOURCE}],
    },
    {
        "id": "ask_other_insurance",
        "title": "别的保险",
        "question": "别的保险",
        "aside": True,
        "variants": [
            {"unknown": True, "summary": "别的保险，文档没写。", "steps": ["打12345问"], "source": SOURCE},
        ],
    },
    {
        "id": "contact_agent",
        "title": "人工",
        "question": "找人工",
        "nationwide": True,
        "aside": True,
        "passing": True,
        "variants": [{"summary": "打区号+12393。", "source": SOURCE}],
    },
]

# id -> as a person would name it, and how a button asks for it
_POINTS: dict[str, tuple[str, str | None]] = {
    "materials": ("要带什么材料", "要带什么"),
    "duration": ("要几天", "要多久"),
    "in_person": ("要不要本人到场", "要本人去吗"),
    "fee": ("要不要钱", "要钱吗"),
    "how_many": ("最多几个", "最多几个"),
    "face_scan": ("要不要刷脸", "要刷脸吗"),
    "first": ("要先办什么", "要先办什么"),
    "channel_ok": ("这个渠道行不行", "这个渠道行吗"),
    "other_ways": ("还有什么办法", "别的办法"),
    "app_site": ("用哪个APP", "用哪个APP"),
    "where_button": ("点哪里", "在哪儿点"),
    "hours": ("几点办公", "几点办公"),
    "difference": ("是不是一回事", "有什么区别"),
    "allowed": ("能不能这样办", "能这样办吗"),
    "account": ("用谁的账号", None),
    "no_smartphone": ("没有智能手机怎么办", "没有智能手机"),
    "safety": ("会不会被盗刷", "安全吗"),
    "afterwards": ("办完还要做什么", "办完还要做什么"),
    "effective": ("办完几时能用", "几时能用"),
    "instead": ("卡不在手边怎么办", "卡不在手边"),
    "stuck_not_found": ("找不到按钮怎么办", "找不到按钮"),
    "stuck_dead": ("点了没反应怎么办", "点了没反应"),
    "provenance": ("是谁说的", "出处"),
}

_FACTS: dict[str, dict[str, Any]] = {
    "bound_no": {"title": "还没绑定", "group": "bound", "point": "first", "task": "bind_family"},
    "bound_yes": {"title": "已经绑好了", "group": "bound"},
    "card_lost": {"title": "丢的是卡", "group": "lost", "task": "report_lost_card", "takes_over": True},
    "card_found": {"title": "卡找到了", "group": "lost"},
    "apart": {"title": "人不在一起", "group": "with_me"},
    "phone_lost": {
        "title": "手机丢了",
        "group": "lost",
        "point": "safety",
        "task": "report_lost_card",
        "takes_over": True,
    },
    "card_here": {"title": "卡在手上"},
    "reported": {"title": "已经挂失了", "task": "report_lost_card"},
    "newborn": {"title": "是新生儿", "group": "age", "task": "bind_newborn", "takes_over": True},
    "child": {"title": "还没满16岁", "group": "age"},
    "adult": {"title": "满16岁了", "group": "age", "point": "face_scan"},
    "device_old": {"title": "没有智能手机", "point": "no_smartphone"},
    "employee": {"title": "是职工医保", "group": "insurance"},
    "resident": {"title": "是居民医保", "group": "insurance"},
    "at_hospital": {"title": "人在医院", "task": "pay_visit", "stays": True},
    "unanswered": {"title": "热线没人接", "stays": True},
    "self": {"title": "给您自己办"},
}


def _say(text: str, **rest: Any) -> dict[str, Any]:
    return {"say": text, "source": SOURCE, **rest}


_CELLS: dict[str, dict[str, Any]] = {
    GENERAL: {
        "fee": [_say("都不收钱。")],
        "duration": [_say("各地快慢不一样。"), {"silent": "加急要几天", "asks": ["加急几天"]}],
        "hours": [{"silent": "窗口几点办公", "door": "window"}],
        "channel_ok": [{"silent": "这样行不行"}],
        "account": [_say("用您自己的账号。")],
        "safety": [_say("没有密码刷不走。"), _say("没有您的手机登不上。", when=["phone_lost"])],
        "stuck_dead": [{"silent": "点了没反应怎么办", "door": "app"}],
        "provenance": [_say("不是官方发的。"), _say("听当地的。", asks=["那听谁的"])],
        WHOLE: [_say("亲情账户就是家人的医保码。", asks=["亲情账户是个啥"])],
    },
    "bind_family": {
        "materials": [
            _say("带户口本。", more="原件就行。"),
            _say("在伊犁三样选一样。", region=YILI),
            _say("去窗口还要申请表。", channel="counter"),
            _say("只拿身份证也行。", asks=["只传身份证行吗"], yes=["身份证一样就够吧"], no=["非要户口本不可吧"]),
            _say("职工另带社保卡。", when=["employee"]),
        ],
        "duration": [_say("三天。")],
        "in_person": [{"silent": "要不要本人到场", "near": "只写了要刷脸。", "source": SOURCE, "door": "window"}],
        "fee": "inherited",
        "how_many": [_say("最多六个。", yes=["六个封顶吧"], no=["能绑十个吧"])],
        "face_scan": [_say("刷您自己的脸。"), _say("满16岁的本人刷脸。", when=["adult"])],
        "first": "not_applicable",
        "channel_ok": [
            {"silent": "这个渠道行不行", "near": "写了APP和窗口。", "source": SOURCE},
            _say("微信只给广东的用。", channel="wechat"),
            {"silent": "支付宝算不算绑上", "channel": "alipay"},
        ],
        "other_ways": [_say("还能去窗口。")],
        "difference": [_say("账户不是卡。")],
        "allowed": [_say("家人能绑。")],
        "app_site": [_say("用国家的那个APP。")],
        "where_button": [_say("点首页的亲情账户。")],
        "hours": "inherited",
        "account": "inherited",
        "no_smartphone": [_say("没有手机就去窗口。")],
        "safety": "inherited",
        "afterwards": [_say("绑好就能亮码。")],
        "stuck_not_found": [_say("往下翻就有。")],
        "stuck_dead": "inherited",
        "instead": [_say("没绑好先用家人的实体卡。")],
        "provenance": "inherited",
        WHOLE: [_say("公婆也能绑。", asks=["公公婆婆能绑不"])],
    },
    "unbind_family": {
        "fee": "inherited",
        "duration": [_say("马上就解开。")],
        "channel_ok": [{"silent": "解绑走这个渠道行不行"}],
        "where_button": [_say("在家人那一页点。")],
        "hours": "inherited",
    },
    "bind_newborn": {
        "materials": [_say("带出生证明。")],
        "duration": "inherited",
        "fee": "inherited",
        "how_many": "inherited",
        "in_person": "inherited",
        "channel_ok": "inherited",
    },
    "pay_visit": {
        "fee": "inherited",
        "first": [_say("先绑定才能付。")],
        "allowed": [_say("家人看病能用家人的码。"), _say("自己看病不能用家人的码。", asks=["我看病用我妈的码行吗"])],
        "materials": [_say("带手机就行。")],
        "safety": "inherited",
    },
    "query_balance": {
        "difference": [_say("余额不是账户。")],
        "allowed": [_say("家人的余额能查。")],
        "materials": "not_applicable",
        "fee": "inherited",
        "first": [_say("先绑定才能查。")],
        "where_button": [_say("在我的账户里。")],
        "channel_ok": [{"silent": "查余额走这个渠道行不行"}],
        "duration": "not_applicable",
    },
    "report_lost_card": {
        "fee": [_say("补卡二十元。")],
        "duration": [_say("半个月。")],
        "safety": "inherited",
        "materials": [_say("带身份证。")],
    },
    "ask_fund_sharing": {"fee": "inherited"},
    "ask_other_insurance": {},
    "contact_agent": {
        "hours": [_say("热线白天有人。")],
        "materials": [_say("打之前备好卡号。")],
        "fee": "inherited",
        WHOLE: [_say("打不通就去窗口排队。", asks=["12393打不通"])],
    },
}
