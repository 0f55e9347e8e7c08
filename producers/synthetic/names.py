"""Names that look invented: every family name says that it is a test, in several of England's languages and scripts.

Given names are ordinary ones: beside such a family name they point at nobody. No whole name is anybody's.
"""

from dataclasses import dataclass

from hub.contract.codes import Ethnicity, Sex
from producers.synthetic.dice import Dice

_STEMS = (
    "Test", "Sampl", "Mock", "Fict", "Pretend", "Specim", "Dumm", "Exampl", "Placehold", "Prototyp", "Invent",
    "Figment", "Makebeliev", "Trial", "Notional", "Imagin", "Hypothet", "Simul", "Fabric", "Standin",
)  # fmt: skip
_ENDINGS = ("erly", "ington", "erworth", "ersby", "ingham", "enshaw", "ercroft", "erwell", "ersley", "erby")
_MARKS = "-'’ "
_SAYS_TEST = ("Demo", "Sample", "Test", "Mock", "Example", "Dummy")


@dataclass(frozen=True, slots=True)
class Heritage:
    """The names, first languages and census ethnicities that go together in one family."""

    families: tuple[str, ...]
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    ethnicities: tuple[Ethnicity, ...]
    languages: tuple[str, ...]


def _hyphened(*names: str) -> tuple[str, ...]:
    return tuple(f"{word}-{name}" for word in _SAYS_TEST for name in names)


_ENGLISH = tuple(stem + ending for stem in _STEMS for ending in _ENDINGS)

HERITAGES: tuple[tuple[Heritage, float], ...] = (
    (
        Heritage(
            families=(*_ENGLISH, *(f"O'{name}" for name in _ENGLISH[:30]), *(f"Mc{name}" for name in _ENGLISH[30:50])),
            girls=(
                "Alexandra", "Amelia", "Charlotte", "Daisy", "Eleanor", "Elizabeth", "Ellie-Mae", "Grace", "Isabella",
                "Katherine", "Kayleigh", "Lily", "Madison", "Matilda", "Megan", "Poppy", "Rebecca", "Skye", "Willow",
            ),
            boys=(
                "Alexander", "Alfie", "Archie", "Benjamin", "Callum", "Charlie", "Daniel", "Finley", "Harrison", "Jack",
                "Jacob", "Jayden", "Joshua", "Kai", "Nathaniel", "Oliver", "Riley", "Thomas", "William", "Zachary",
            ),
            ethnicities=(Ethnicity.WBRI, Ethnicity.WBRI, Ethnicity.WBRI, Ethnicity.WIRI, Ethnicity.MWBC),
            languages=("English",),
        ),
        0.66,
    ),
    (
        Heritage(
            families=("Llŷr-Sample", "Prawf-Tŷ", "Enghraifft", "Sampl-Gŵyr", "Prawfddyn", "Llŷr-Enghraifft"),
            girls=("Angharad", "Carys", "Ffion", "Nansi", "Seren", "Siân"),
            boys=("Aled", "Gethin", "Iestyn", "Llŷr", "Macsen", "Osian"),
            ethnicities=(Ethnicity.WBRI,),
            languages=("English", "Welsh"),
        ),
        0.05,
    ),
    (
        Heritage(
            families=_hyphened("Khan", "Begum", "Singh", "Kaur", "Ahmed", "Hussain", "Rahman"),
            girls=("Aisha", "Fatima", "Harpreet", "Maryam", "Safiya", "Zara"),
            boys=("Gurdeep", "Ibrahim", "Mohammed", "Muhammad", "Yusuf", "Zayn"),
            ethnicities=(Ethnicity.APKN, Ethnicity.AIND, Ethnicity.ABAN),
            languages=("English", "Urdu", "Panjabi", "Bengali"),
        ),
        0.12,
    ),
    (
        Heritage(
            families=_hyphened("Okafor", "Mensah", "Adeyemi", "Oyelaran", "Campbell", "Baptiste"),
            girls=("Abena", "Amara", "Ngozi", "Renée", "Temitope", "Zuri"),
            boys=("Chidi", "Emmanuel", "Kwame", "Malachi", "Oluwaseun", "Tyrell"),
            ethnicities=(Ethnicity.BAFR, Ethnicity.BCRB, Ethnicity.BOTH, Ethnicity.MWBA),
            languages=("English", "Yoruba", "Twi"),
        ),
        0.08,
    ),
    (
        Heritage(
            families=(*_hyphened("Nowak", "Popescu", "Yıldız", "Şahin"), "Przykładowska", "Зразок", "Örneğin"),  # noqa: RUF001
            girls=("Agnieszka", "Daria", "Elif", "Ioana", "Zofia", "Оксана"),
            boys=("Andrei", "Emre", "Jakub", "Mateusz", "Stanisław", "Тарас"),  # noqa: RUF001
            ethnicities=(Ethnicity.WOTH, Ethnicity.OOTH),
            languages=("Polish", "Romanian", "Turkish", "Ukrainian"),
        ),
        0.06,
    ),
    (
        Heritage(
            families=("الاختبار", "المثال", "النموذج", "تجربة", "العينة"),
            girls=("ليلى", "مريم", "نور", "سارة"),
            boys=("يوسف", "كريم", "سامي", "عمر"),
            ethnicities=(Ethnicity.OOTH, Ethnicity.WOTH),
            languages=("Arabic",),
        ),
        0.03,
    ),
)  # fmt: skip

NICKNAMES = {
    "Alexandra": "Lexi", "Alexander": "Alex", "Amelia": "Millie", "Benjamin": "Ben", "Charlotte": "Lottie",
    "Daniel": "Danny", "Eleanor": "Ellie", "Elizabeth": "Libby", "Emmanuel": "Manny", "Harrison": "Harry",
    "Isabella": "Bella", "Jacob": "Jake", "Joshua": "Josh", "Katherine": "Kate", "Kayleigh": "Kay", "Madison": "Maddie",
    "Malachi": "Mal", "Mateusz": "Mati", "Matilda": "Tilly", "Megan": "Meg", "Mohammed": "Mo", "Muhammad": "Mo",
    "Nathaniel": "Nate", "Oluwaseun": "Seun", "Rebecca": "Becky", "Stanisław": "Staś", "Temitope": "Temi",
    "Thomas": "Tom", "William": "Billy", "Zachary": "Zac", "Angharad": "Hari", "Ibrahim": "Ibi", "Agnieszka": "Aga",
}  # fmt: skip


def given_name(heritage: Heritage, sex: Sex, dice: Dice) -> str:
    """Return a given name for a girl or a boy."""
    return dice.pick(heritage.girls if sex is Sex.FEMALE else heritage.boys)


def nickname(given: str) -> str:
    """Return what friends say: the known short form, or the name's first letters."""
    return NICKNAMES.get(given, given[: max(2, (len(given) + 1) // 2)])


def misspelt(name: str, dice: Dice) -> str:
    """Return the name as it is heard on the telephone: two letters changed over, one left out or one doubled."""
    inner = [place for place in range(1, len(name) - 1) if name[place] not in _MARKS and name[place + 1] not in _MARKS]
    if not inner:
        return name + name[-1]
    place = dice.pick(inner)
    slips = (
        name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        name[:place] + name[place + 1 :],
        name[:place] + name[place] + name[place:],
    )
    return next((slip for slip in slips[dice.between(0, 2) :] if slip != name), slips[1])
