import pytest

from bot.nlu.gazetteer import find_places
from bot.nlu.region_roles import resolve

CLEAR = [
    ("去北京看病", "北京"),
    ("在上海住院", "上海"),
    ("到海南过冬", "海南"),
    ("说错了，是甘肃", "甘肃"),
    ("是不是广东的才能用", "广东"),
    ("我不在伊犁能办吗", "伊犁"),
    ("伊宁市友谊医院能扫亲情账户的码吗", "伊宁市"),
    ("我在广东，我妈在伊犁参保", "伊犁"),
    ("老家四川 现在在杭州上班 医保在老家", "四川"),
    ("我是北京的医保，在上海看病", "北京"),
    ("人在深圳，新农合是湖南的", "湖南"),
    ("人在深圳医保在湖南", "湖南"),
    ("从江苏转到新疆参保", "新疆"),
    ("广东的医保到新疆能用吗", "广东"),
    ("在成都看病，参保地绵阳", "绵阳"),
    ("参保地 湖南长沙 人在广州", "湖南长沙"),
    ("我妈伊犁的医保，我在乌鲁木齐能帮她绑吗", "伊犁"),
    ("北京的医保在上海能用吗", "北京"),
    ("北京医保在上海能用吗", "北京"),
    ("伊犁医保在西安的医院能直接结算吗", "伊犁"),
    ("我是江西的，在上海医保能用吗", "江西"),
    ("我户口河南社保深圳交的", "深圳"),
    ("户口在河南，人在深圳", "河南"),
    ("我爸户口四川，医保交在重庆", "重庆"),
    ("医保在老家四川，人在杭州", "四川"),
    ("我在杭州打工，老家四川的，医保这边交的", "杭州"),
    ("人在浙江上班,江西老家的社保卡丢了", "江西"),
    ("人在广州,卡是湖南永州的,丢了能在广州补吗", "湖南永州"),
    ("我在大连上班我爸妈在铁岭交的新农合", "铁岭"),
    ("我爸是甘肃天水的农合 我在西安", "甘肃天水"),
    ("在北京朝阳上班，医保是河北廊坊交的", "河北廊坊"),
    ("伊犁的个人账户可以转给四川的父母吗", "伊犁"),
    ("我在广东，要去北京看病", "广东"),
    ("外婆从奎屯来重庆做白内障手术", "奎屯"),
    ("从内蒙古来北京看病,医保卡刷不了", "内蒙古"),
    ("我在昆明上班，爸妈在成都华西医院看病", "昆明"),
    ("我是广东的，人在深圳", "深圳"),
    ("广东医保，在深圳看病", "广东"),
    ("我在霍尔果斯，我妈在伊宁", "霍尔果斯"),
    ("不是广东，是广西", "广西"),
    ("刚才打错了 是伊宁不是西宁", "伊宁"),
    ("喀什的,不是伊犁", "喀什"),
    ("广东，哦不对，广西", "广西"),
    ("医保不在北京，在天津", "天津"),
    ("我在北京没参保，医保在河北", "河北"),
]


IN_PASSING = [
    "我在广州",
    "我现在人在上海 能弄不",
    "我人在广东窗口能办不",
    "我们都在深圳",
    "他在深圳住",
    "她来深圳住了",
    "在乌鲁木齐补行不行",
    "绑了在成都药店能刷她的码吗",
    "在北京看病能报吗",
    "在支付宝里搜粤医保行吗",
    "我深圳的朋友说可以",
    "兵团和伊犁一样不",
    "我自己医保在北京",
    "我自己是西安的医保",
]
OUTRIGHT = [
    "江苏的",
    "那广东呢",
    "我妈在伊犁",
    "她参保在奎屯",
    "不对 我在广州",
    "我在广州参保",
    "他四川的",
    "换成上海",
    "伊犁",
    "我们是河南的",
    "广东怎么绑",
]


@pytest.mark.parametrize(("text", "aside"), [(t, True) for t in IN_PASSING] + [(t, False) for t in OUTRIGHT])
def test_a_place_named_in_passing_is_told_from_one_that_is_said(text, aside, gazetteer, roles):
    resolution = resolve(text, find_places(text, gazetteer), roles)
    assert resolution.insured is not None and resolution.aside is aside


@pytest.mark.parametrize(("text", "insured"), CLEAR)
def test_the_insured_place_is_told(text, insured, gazetteer, roles):
    resolution = resolve(text, find_places(text, gazetteer), roles)
    assert (resolution.insured and resolution.insured.name, resolution.options) == (insured, [])


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("朝阳区", ["北京市", "吉林省长春市"]),
        ("我妈朝阳区的医保，我在深圳", ["北京市", "吉林省长春市"]),
        ("我在广东打工，我妈在伊犁，怎么给她绑", ["广东省", "新疆维吾尔自治区伊犁哈萨克自治州"]),
        ("我广东的医保，我妈是伊犁的医保", ["广东省", "新疆维吾尔自治区伊犁哈萨克自治州"]),
        ("老家四川，在杭州上班", ["四川省", "浙江省杭州市"]),
        ("我爸四川参保我妈重庆参保，都想绑", ["四川省", "重庆市"]),
        ("医保从江苏转到新疆", ["江苏省", "新疆维吾尔自治区"]),
        ("杭州和宁波能共济吗,都是浙江的", ["浙江省杭州市", "浙江省宁波市"]),
    ],
)
def test_unclear_roles_are_asked_about(text, options, gazetteer, roles):
    resolution = resolve(text, find_places(text, gazetteer), roles)
    assert (resolution.insured, resolution.options) == (None, options)


@pytest.mark.parametrize("text", ["", "怎么绑定家属", "不是广东", "外省的，不是新疆", "我没在北京交社保"])
def test_no_place_is_taken(text, gazetteer, roles):
    resolution = resolve(text, find_places(text, gazetteer), roles)
    assert (resolution.insured, resolution.options) == (None, [])


def test_the_other_places_are_kept(gazetteer, roles):
    text = "我在广东，我妈在伊犁参保"
    assert [place.name for place in resolve(text, find_places(text, gazetteer), roles).others] == ["广东"]
