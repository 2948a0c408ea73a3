import json
import subprocess
import sys

import pytest

from bot.nlu.gazetteer import find_places
from bot.paths import ROOT

YILI = "新疆维吾尔自治区伊犁哈萨克自治州"


def found(text, gazetteer):
    return [(place.name, "|".join(place.candidates)) for place in find_places(text, gazetteer)]


@pytest.mark.parametrize(
    ("text", "name", "full"),
    [
        ("我在伊犁", "伊犁", YILI),
        ("伊犁州直的", "伊犁州直", YILI),
        ("霍尔果斯这边", "霍尔果斯", YILI),
        ("我是奎屯的", "奎屯", YILI),
        ("伊宁市老人", "伊宁市", YILI),
        ("我妈在霍城", "霍城", YILI),
        ("察布查尔县", "察布查尔县", YILI),
        ("新疆伊犁霍尔果斯市怎么绑", "新疆伊犁霍尔果斯市", YILI),
        ("石河子的医保", "石河子", "新疆维吾尔自治区石河子市"),
        ("喀什", "喀什", "新疆维吾尔自治区喀什地区"),
        ("乌市", "乌市", "新疆维吾尔自治区乌鲁木齐市"),
        ("新疆和田", "新疆和田", "新疆维吾尔自治区和田地区"),
        ("江西人怎么办", "江西", "江西省"),
        ("北京市民", "北京市", "北京市"),
        ("海淀区的", "海淀区", "北京市"),
        ("北京朝阳区", "北京朝阳区", "北京市"),
        ("在北京，朝阳的", "北京，朝阳", "北京市"),
        ("长春朝阳区", "长春朝阳区", "吉林省长春市"),
        ("广东深圳南山区", "广东深圳南山区", "广东省深圳市"),
        ("广东的深圳", "广东的深圳", "广东省深圳市"),
        ("深圳 广东", "深圳 广东", "广东省深圳市"),
        ("上海宝山", "上海宝山", "上海市"),
        ("徐州那个鼓楼区", "徐州那个鼓楼区", "江苏省徐州市"),
        ("南京鼓楼", "南京鼓楼", "江苏省南京市"),
        ("杭州西湖区", "杭州西湖区", "浙江省杭州市"),
        ("重庆江北", "重庆江北", "重庆市"),
        ("湖南衡阳县", "湖南衡阳县", "湖南省衡阳市"),
        ("洞口县城乡居民", "洞口县", "湖南省邵阳市"),
        ("仙桃的", "仙桃", "湖北省仙桃市"),
        ("济源", "济源", "河南省济源市"),
        ("琼海", "琼海", "海南省琼海市"),
        ("吉林", "吉林", "吉林省"),
        ("吉林市", "吉林市", "吉林省吉林市"),
        ("海南", "海南", "海南省"),
        ("海南州", "海南州", "青海省海南藏族自治州"),
        ("河南安阳", "河南安阳", "河南省安阳市"),
        ("西安", "西安", "陕西省西安市"),
        ("乾县", "乾县", "陕西省咸阳市"),
        ("广西自治区南宁", "广西自治区南宁", "广西壮族自治区南宁市"),
        ("延边州", "延边州", "吉林省延边朝鲜族自治州"),
        ("内蒙的", "内蒙", "内蒙古自治区"),
        ("粤医保怎么绑", "粤医保", "广东省"),
        ("大兴", "大兴", "北京市"),
        ("香港", "香港", "香港特别行政区"),
        ("从江苏转来", "江苏", "江苏省"),
        ("新农合江西的", "江西", "江西省"),
        ("比如北京", "北京", "北京市"),
        ("海南路过", "海南", "海南省"),
        ("天津和平", "天津", "天津市"),
        ("东莞长安", "东莞", "广东省东莞市"),
        ("西藏自治区人民医院", "西藏自治区", "西藏自治区"),
        ("父母金山人", "金山", "上海市"),
        ("朝阳区", "朝阳区", "北京市|吉林省长春市"),
        ("朝阳", "朝阳", "北京市|吉林省长春市|辽宁省朝阳市"),
        ("通州", "通州", "北京市|江苏省南通市"),
        ("南山区", "南山区", "广东省深圳市|黑龙江省鹤岗市"),
        ("宝山", "宝山", "上海市|黑龙江省双鸭山市"),
        ("鼓楼区", "鼓楼区", "江苏省南京市|江苏省徐州市|河南省开封市|福建省福州市"),
    ],
)
def test_a_place_is_found_and_reduced(text, name, full, gazetteer):
    assert found(text, gazetteer) == [(name, full)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "居民医保和职工医保",
        "医保定点医院",
        "健康保险怎么买",
        "新农合作医疗",
        "治多久能报",
        "知道县里怎么办吗",
        "孩子长大了",
        "阿莫西林",
        "连微信都没有",
        "血糖试纸开封后能放多久",
        "公安局",
        "平安保险",
        "东方医院",
        "中山医院",
        "北京大学第三医院",
        "成都银行",
        "南京东路",
        "北京路12号",
        "云南白药",
        "哈密瓜",
        "城关镇",
        "长安镇",
        "我在郊区",
        "市中区",
        "高新区",
        "和平",
        "比如说",
        "最高要多少",
        "医保商城",
    ],
)
def test_ordinary_words_are_no_places(text, gazetteer):
    assert found(text, gazetteer) == []


def test_different_places_stay_apart_with_true_offsets(gazetteer):
    text = "老家四川 现在在杭州上班😂，爸妈在铁岭"
    places = find_places(text, gazetteer)
    assert [place.name for place in places] == ["四川", "杭州", "铁岭"]
    assert all(text[place.start : place.end] == place.name for place in places)


def test_tables_are_plain_json(tables):
    assert json.loads(json.dumps(tables)) == tables


def test_every_full_name_of_the_knowledge_is_known(tables, regions):
    known = {full for fulls in tables["names"].values() for full in fulls}
    assert {*regions["names"].values(), *regions["titles"]} - known == set()


def test_nothing_reaches_standard_output():
    code = "from bot.nlu import gazetteer; gazetteer.read_locations()"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout == b""


def test_characters_of_no_name_are_not_remembered(gazetteer):
    before = len(gazetteer._vocab.strings)
    find_places("".join(map(chr, range(0x20000, 0x20200))), gazetteer)
    assert len(gazetteer._vocab.strings) <= before + 1
