"""Labelled columns made for the test: sensitive ones well named, badly named, unnamed and damaged, and look-alikes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from shuyang_data.catalog.terms import Kind
from shuyang_data.standard.identifiers import body_check_digit, credit_check_digit, resident_check_digit

ROWS = 120
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高郑梁谢宋唐许邓冯韩曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀兰霞平刚桂英华建文辉梅鑫宇浩晨轩子涵梓萱雨欣怡俊思远志国庆春燕玲红"
TOWNS = ("沭城街道", "塘沟镇", "胡集镇", "颜集镇", "西圩乡", "韩山镇")
VILLAGES = ("李村", "张圩村", "新河社区", "堰下村", "花木村")
Label = Kind | None
Column = tuple[Label, list[str], list[str]]


def luhn_digit(body: str) -> str:
    digits = [int(d) for d in reversed(body)]
    total = sum(d if n % 2 else (d * 2 - 9 if d > 4 else d * 2) for n, d in enumerate(digits))
    return str(-total % 10)


class Maker:
    """One value of each kind at a time, from one source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def digits(self, count: int) -> str:
        return "".join(self.chance.choices("0123456789", k=count))

    def day(self) -> date:
        return date(1945, 1, 1) + timedelta(days=self.chance.randrange(29000))

    def resident(self) -> str:
        area = self.chance.choice(("321322", "320823", "310101", "340123"))
        first = f"{area}{self.day():%Y%m%d}{self.digits(3)}"
        return first + resident_check_digit(first)

    def mobile(self) -> str:
        return self.chance.choice(("130", "138", "151", "159", "186", "189", "177", "199")) + self.digits(8)

    def phone(self) -> str:
        return f"0527-8{self.digits(7)}"

    def card(self) -> str:
        body = self.chance.choice(("622848", "621661", "622202")) + self.digits(12)
        return body + luhn_digit(body)

    def plate(self) -> str:
        return (
            f"苏{self.chance.choice('NACG')}{''.join(self.chance.choices('ABCDEFGHJKLMNPQRSTUVWXYZ0123456789', k=5))}"
        )

    def email(self) -> str:
        return f"u{self.digits(4)}@example.com"

    def person(self) -> str:
        return self.chance.choice(SURNAMES) + "".join(self.chance.choices(GIVEN, k=self.chance.choice((1, 2, 2))))

    def home(self) -> str:
        place = self.chance.choice(TOWNS) + self.chance.choice(VILLAGES)
        return f"江苏省宿迁市沭阳县{place}{self.chance.randrange(1, 20)}组{self.chance.randrange(1, 200)}号"

    def credit(self) -> str:
        body = "MA" + "".join(self.chance.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=6))
        first = "91321322" + body + body_check_digit(body)
        return first + credit_check_digit(first)

    def passport(self) -> str:
        return "E" + self.digits(8)

    def birth(self) -> str:
        return self.day().isoformat()

    def student(self) -> str:
        return "G" + self.resident()

    def licence(self) -> str:
        return f"1.2.156.3005.2.{self.digits(20)}.{self.credit()}.{self.digits(10)}.001.{self.chance.choice('0123456789X')}"

    def unit(self) -> str:
        return f"321322{self.digits(6)}GB{self.digits(5)}F{self.digits(8)}"

    def permit(self) -> str:
        return self.chance.choice("HM") + self.digits(8)

    def child(self) -> str:
        return (date(2014, 1, 1) + timedelta(days=self.chance.randrange(4000))).isoformat()

    def illness(self) -> str:
        return self.chance.choice(("高血压", "2型糖尿病", "肺炎", "骨折", "J18.9", "I10"))

    def faith(self) -> str:
        return self.chance.choice(("佛教", "道教", "伊斯兰教", "天主教", "基督教", "无宗教信仰"))

    def template(self) -> str:
        return "".join(self.chance.choices("0123456789abcdef", k=48))

    def digest(self) -> str:
        return "".join(self.chance.choices("0123456789abcdef", k=64))

    def longitude(self) -> str:
        return f"118.{self.digits(6)}"

    def ip(self) -> str:
        return ".".join(str(self.chance.randrange(1, 255)) for _ in range(4))


def _blank(value: str, chance: random.Random) -> str:
    return "" if chance.random() < 0.4 else value


def _wide(value: str, chance: random.Random) -> str:
    return value.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def _spaced(value: str, chance: random.Random) -> str:
    return f" {value[:6]} {value[6:]} "


def _mixed(value: str, chance: random.Random) -> str:
    return chance.choice(("无", "不详", "/")) if chance.random() < 0.15 else value


Change = Callable[[str, random.Random], str]
NUMBERS: tuple[Change, ...] = (_blank, _wide, _spaced, _mixed)
# kind → how a value is made, headings that say so, whether content alone is enough, how it is damaged.
SENSITIVE: dict[Kind, tuple[str, tuple[str, ...], bool, tuple[Change, ...]]] = {
    Kind.RESIDENT_ID: ("resident", ("身份证号", "证件号码", "sfzh", "公民身份号码"), True, NUMBERS),
    Kind.MOBILE: ("mobile", ("手机号码", "联系电话", "lxdh", "sjh"), True, NUMBERS),
    Kind.BANK_CARD: ("card", ("银行卡号", "账号", "yhkh"), True, NUMBERS),
    Kind.PLATE: ("plate", ("车牌号", "号牌号码", "hphm"), True, (_blank, _mixed)),
    Kind.EMAIL: ("email", ("电子邮箱", "email"), True, (_blank, _mixed)),
    Kind.PASSPORT: ("passport", ("护照号", "hzh"), True, (_blank, _mixed)),
    Kind.NAME: ("person", ("姓名", "xm", "法定代表人", "经办人"), True, (_blank, _mixed)),
    Kind.ADDRESS: ("home", ("家庭住址", "jtzz", "户籍地址"), True, (_blank, _mixed)),
    Kind.CREDIT_CODE: ("credit", ("统一社会信用代码", "xydm"), True, (_blank, _mixed)),
    Kind.PHONE: ("phone", ("固定电话", "传真"), True, (_blank, _mixed)),
    Kind.BIRTH_DATE: ("birth", ("出生日期", "csrq"), False, (_blank, _mixed)),
    Kind.IP: ("ip", ("登录IP", "ip"), True, (_blank,)),
    Kind.STUDENT: ("student", ("学籍号", "学号"), True, (_blank, _mixed)),
    Kind.LICENCE: ("licence", ("电子证照标识",), True, (_blank, _mixed)),
    Kind.REAL_ESTATE: ("unit", ("不动产单元号", "不动产单元代码"), True, (_blank, _mixed)),
    Kind.PERMIT: ("permit", ("港澳通行证号", "台胞证号"), False, (_blank, _mixed)),
    Kind.MINOR: ("child", ("出生日期", "csrq", "儿童出生日期"), False, (_blank, _mixed)),
    Kind.MEDICAL: ("illness", ("诊断", "疾病名称", "病种"), False, (_blank,)),
    Kind.RELIGION: ("faith", ("宗教信仰",), False, (_blank,)),
    Kind.BIOMETRIC: ("template", ("指纹特征", "人脸特征"), False, (_blank,)),
    Kind.HASHED: ("digest", ("身份证号散列", "field6"), True, (_blank,)),
    Kind.COORDINATE: ("longitude", ("经度", "lng"), False, (_blank, _mixed)),
}
DIRECT = (Kind.RESIDENT_ID, Kind.MOBILE, Kind.BANK_CARD, Kind.PLATE, Kind.EMAIL, Kind.PASSPORT, Kind.PERMIT)


def labelled(seed: int) -> list[Column]:
    """Sensitive columns in every dress, and as many that only look so."""
    maker, columns = Maker(seed), list[Column]()
    for kind, (name, headings, alone, changes) in SENSITIVE.items():
        make: Callable[[], str] = getattr(maker, name)
        for heading in headings:
            columns.append((kind, [heading], [make() for _ in range(ROWS)]))
        if alone:
            columns.append((kind, ["field7"], [make() for _ in range(ROWS)]))
        for change in changes:
            columns.append((kind, [headings[0]], [change(make(), maker.chance) for _ in range(ROWS)]))
    return columns + look_alikes(maker)


def look_alikes(maker: Maker) -> list[Column]:
    chance = maker.chance

    def column(heading: str, make: Callable[[], str]) -> Column:
        return None, [heading], [make() for _ in range(ROWS)]

    def masked(heading: str, make: Callable[[], str]) -> Column:
        return Kind.MASKED, [heading], [make() for _ in range(ROWS)]

    crops = ("白菜", "高粱", "马铃薯", "黄瓜", "石榴", "金桔", "毛豆", "方便面", "田螺", "胡萝卜", "小麦", "水稻")
    shops = ("烟酒店", "麻辣烫", "理发店", "五金商行", "快餐店")
    places = ("东城区", "朝阳区", "黄河路", "马厂镇", "钱集镇", "吴集镇", "高墟镇", "李恒镇", "周庄村")
    return [
        column("订单号", lambda: maker.digits(18)),
        column("流水号", lambda: "2023" + maker.digits(15)),
        column("批次", lambda: "6" + maker.digits(15)),
        column("读数", lambda: "1" + chance.choice("3456789") + maker.digits(9)),
        column("field3", lambda: maker.digits(17) + "0"),
        column("店名", lambda: maker.person() + chance.choice(shops)),
        column("field5", lambda: maker.person() + chance.choice(shops)),
        column("企业名称", lambda: f"沭阳县{maker.person()}商贸有限公司"),
        column("品种", lambda: chance.choice(crops)),
        column("field8", lambda: chance.choice(crops)),
        column("地名", lambda: chance.choice(places)),
        column("field9", lambda: chance.choice(places)),
        column("更新时间", lambda: f"{maker.day()} 08:00:00"),
        column("登记日期", maker.birth),
        column("金额", lambda: f"{chance.random() * 1e5:.2f}"),
        column("文号", lambda: f"沭政发〔2024〕{chance.randrange(200)}号"),
        column("事项编码", lambda: "11321322MB" + maker.digits(18)),
        column("面积", lambda: f"{chance.random() * 1e4:.2f}"),
        column("街道", lambda: chance.choice(TOWNS)),
        column("单位地址", lambda: f"沭阳县{chance.choice(TOWNS)}人民路{chance.randrange(1, 200)}号"),
        column("状态", lambda: chance.choice(("正常", "注销", "停用"))),
        column("颜色", lambda: chance.choice(("黄色", "白色", "金色", "蓝色"))),
        column("星级", lambda: chance.choice(("5A", "4A", "3A"))),
        column("区划代码", lambda: "321322" + maker.digits(6)),
        column("长期编号", lambda: "622848" + maker.digits(13)),
        masked("身份证号", lambda: maker.resident()[:6] + "********" + maker.digits(4)),
        masked("手机号", lambda: maker.mobile()[:3] + "****" + maker.digits(4)),
        masked("姓名", lambda: maker.person()[0] + "**"),
    ]
