"""A small knowledge of the tests' own: two businesses, three places, four channels."""

from pathlib import Path

import pytest

from bot.knowledge.loader import load
from bot.paths import KNOWLEDGE

FILES = {
    "sources.yml": """\
paper:
  title: 甲文
  as_of: 2025-03
  review_by: 2026-03-31
rumour:
  title: 传闻
""",
    "channels.yml": """\
app: {title: 某APP, names: [APP]}
alipay: {title: 支付宝, names: [支付宝]}
wechat: {title: 微信, names: [微信]}
counter: {title: 窗口, names: [窗口, 柜台]}
""",
    "mini_programs.yml": """\
local:
  names: [本地宝]
  region: 东省
  channels: [alipay, wechat]
""",
    "topics.yml": """\
refund: {title: 退款, names: [退款]}
fee: {title: 收费, names: [收费]}
""",
    "problems.yml": """\
stuck:
  title: 卡住
  names: [卡住]
  says: [{text: 再试一次, source: {document: rumour}}]
  related: [rule]
""",
    "regions.yml": """\
titles:
  东省: 东
  东省海市: 东海
  西省: 西
""",
    "menu.yml": """\
- bind
- rule
""",
    "procedures/bind.yml": """\
id: bind
title: 绑定
question: 怎么绑定
ask: [channel, region]
related: [rule]
variants:
- channel: app
  region: 东省海市
  lead: true
  title: 东海的APP绑定
  steps: [点东海]
  limits: [六个人]
  source: {document: paper, section: 东海}
- channel: app
  lead: true
  short: 点一下就行。
  summary: 通用的绑定。
  steps: [下载, {text: 登录, source: {document: rumour}}]
  materials: [身份证]
  duration: 三天
  fee: 免费
  url: https://example.org
  notes: [小心]
  differences:
  - about: 入口
    says:
    - 左边
    - {text: 右边, source: {document: rumour, as_of: 2024}}
  supplements:
  - {text: 只给这条, source: {document: rumour}}
  source: {document: paper, section: 通用}
- channel: [alipay, wechat]
  region: 东省
  title: 本地宝绑定
  steps: [搜本地宝]
  source: {document: paper}
- channel: alipay
  region: 西省
  after: app
  title: 存疑的办法
  steps: [传照片]
  source: {document: rumour}
- channel: counter
  steps: [到窗口]
  source: {document: paper, section: 窗口}
- topic: refund
  unknown: true
  summary: 没有写退款。
  steps: [打电话问]
  source: {document: paper}
- topic: fee
  region: 西省
  summary: 西省收一元。
  source: {document: paper}
notes: [总的提醒]
source: {document: paper, section: 总则}
supplements:
- {text: 处处都说, source: {document: rumour, as_of: 2026-01-02}}
- {text: 东省才说, regions: [东省], source: {document: rumour}}
""",
    "procedures/rule.yml": """\
id: rule
title: 规定
question: 有什么规定
variants:
- summary: 不能借。
  source: {document: paper}
- region: 西省
  lead: true
  summary: 西省也不能借。
  source: {document: paper}
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small knowledge as files, to be changed at will; the wording is the project's."""
    root = tmp_path / "knowledge"
    (root / "procedures").mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "phrases.yml").write_bytes((KNOWLEDGE / "phrases.yml").read_bytes())
    return root


@pytest.fixture
def knowledge(folder):
    return load(folder)
