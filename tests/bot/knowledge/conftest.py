"""A small knowledge of the tests' own: two businesses, three places, four channels, three points."""

from pathlib import Path

import pytest

from bot.knowledge.loader import load
from bot.paths import KNOWLEDGE

FILES = {
    "sources.yml": """\
paper:
  title: 甲文
  short: 甲
  as_of: 2025-03
  review_by: 2026-03-31
rumour:
  title: 传闻
  note: true
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
    "points.yml": """\
materials: {title: 要带什么, chip: 带什么}
fee: {title: 要不要钱, chip: 要钱吗}
scan: {title: 要不要刷脸}
""",
    "facts.yml": """\
child: {title: 是孩子, group: age, point: scan}
adult: {title: 是大人, group: age}
unbound: {title: 还没绑, task: bind, takes_over: true}
""",
    "points/general.yml": """\
materials:
- say: 一般带身份证。
  source: {document: paper}
- asks: [带户口簿有用吗]
  say: 户口簿随身带着。
  source: {document: paper}
fee:
- silent: 要不要钱
scan:
- silent: 要不要刷脸
  door: app
""",
    "points/bind.yml": """\
materials:
- say: 带身份证。
  source: {document: paper, section: 通用}
- region: 东省
  say: 东省带户口本。
  more: 原件就行。
  source: {document: paper}
- channel: counter
  say: 窗口带两样。
  source: {document: paper, section: 窗口}
- channel: counter
  region: 东省海市
  say: 东海窗口带三样。
  source: {document: paper}
- when: [child]
  say: 孩子带出生证。
  source: {document: rumour}
- asks: [户口本行不行]
  "yes": [有户口本就行对吧]
  "no": [只认身份证是吧]
  say: 户口本也行。
  source: {document: paper}
- asks: [户口本行不行]
  region: 西省
  silent: 西省户口本行不行
  near: 东省是行的。
  source: {document: paper}
  door: window
fee:
- silent: 绑定要不要钱
  near: 补卡不要钱。
  source: {document: paper}
  door: none
scan: inherited
whole:
- asks: [两张卡怎么绑]
  say: 一张一张绑。
  source: {document: paper}
""",
    "points/rule.yml": """\
materials: inherited
fee: not_applicable
scan: inherited
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
    "bare.yml": """\
materials: [要带什么]
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
  ahead: 先问清楚。
  steps: [把软件下载下来, {text: 登录, source: {document: rumour}}]
  brief: [下载, 登录]
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
- channel: app
  when: [child]
  title: 给孩子绑
  steps: [点孩子]
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
belongs_to: bind
variants:
- summary: 不能借。
  source: {document: paper}
- when: [adult]
  unknown: true
  summary: 没有写大人。
  steps: [打电话问]
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
    for name in ("procedures", "points"):
        (root / name).mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "phrases.yml").write_bytes((KNOWLEDGE / "phrases.yml").read_bytes())
    return root


@pytest.fixture
def knowledge(folder):
    return load(folder)
