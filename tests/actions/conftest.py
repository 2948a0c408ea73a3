"""A small knowledge of the tests' own: two tasks, two places, three channels."""

import pytest

from bot.knowledge.model import Knowledge

SOURCE = {"document": "guide", "section": "第一节"}
YILI = "新疆维吾尔自治区伊犁哈萨克自治州"


@pytest.fixture(scope="session")
def knowledge():
    from bot.knowledge.loader import shipped

    return Knowledge.model_validate(
        {
            "documents": {"guide": {"title": "指南", "as_of": "2025-03"}},
            "channels": {
                "national_app": {"title": "APP", "names": ["APP"]},
                "wechat": {"title": "微信", "names": ["微信"]},
                "counter": {"title": "窗口", "names": ["窗口"]},
            },
            "mini_programs": {},
            "topics": {"about": {"title": "是什么", "names": ["是什么"], "aside": True}},
            "problems": {
                "face": {
                    "title": "刷脸",
                    "names": ["刷脸"],
                    "says": [{"text": "脸要清楚", "source": SOURCE}],
                    "procedures": ["bind_family"],
                    "related": ["bind_family", "contact_agent"],
                },
                "frozen": {"title": "点不动", "names": ["点不动"], "silent": ["bind_family"]},
            },
            "region_titles": {YILI: "新疆伊犁", "广东省": "广东"},
            "phrases": shipped().phrases,
            "menu": ["bind_family"],
            "procedures": {
                "bind_family": {
                    "id": "bind_family",
                    "title": "绑定",
                    "question": "怎么绑",
                    "ask": ["channel", "region"],
                    "parts": {"duration": "contact_agent"},
                    "variants": [
                        {
                            "channel": "national_app",
                            "region": YILI,
                            "lead": True,
                            "steps": ["伊犁的步骤"],
                            "source": SOURCE,
                        },
                        {
                            "channel": "national_app",
                            "lead": True,
                            "steps": ["打开APP", "点我的"],
                            "materials": ["户口本"],
                            "source": SOURCE,
                        },
                        {"channel": "wechat", "region": "广东省", "steps": ["打开微信"], "source": SOURCE},
                        {"channel": "counter", "steps": ["去窗口"], "source": SOURCE},
                    ],
                },
                "contact_agent": {
                    "id": "contact_agent",
                    "title": "人工",
                    "question": "找人工",
                    "nationwide": True,
                    "variants": [{"summary": "打12393", "source": SOURCE}],
                },
            },
        }
    )
