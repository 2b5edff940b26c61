"""What kind of thing a name stands for, as far as the name itself and a few lists of our own tell."""

import re

_GIVEN = frozenset(
    """
    Aaron Abdul Abraham Adam Adrian Ahmed Alan Albert Alex Alexander Alexandra Alfred Alice Ali Alison Amanda Amy Ana
    Anders Andre Andrea Andrew Andy Angela Anita Ann Anna Anne Anthony Antonio Anton Arthur Barack Barbara Ben Benjamin
    Bernard Beth Bill Bob Boris Brad Brandon Brett Brian Bruce Bruno Bryan Caroline Carl Carla Carlos Catherine Charles
    Charlie Charlotte Chris Christian Christina Christine Christopher Claire Claude Colin Craig Daniel Daniela Dave
    David Deborah Denis Dennis Diana Diane Dmitry Don Donald Donna Dorothy Doug Douglas Dylan Ed Eddie Edgar Edith
    Edward Elena Eli Elizabeth Ella Ellen Elon Emily Emma Eric Erik Ernest Eugene Eva Evan Eve Felix Fernando Francis
    Francesco Francisco Frank Franz Fred Frederick Friedrich Gabriel Gareth Gary Gavin Geoffrey George Georg Gerald
    Giovanni Giuseppe Gordon Grace Graham Greg Gregory Guillaume Gustav Guy Hannah Hans Harold Harry Heather Heinrich
    Helen Helena Henri Henry Herbert Howard Hugh Hugo Ian Ibrahim Igor Ingrid Isaac Isabel Ivan Jack Jacob Jacques
    Jake James Jamie Jan Jane Janet Jason Jean Jeff Jeffrey Jennifer Jens Jeremy Jerome Jerry Jesse Jessica Jim Jimmy
    Joan Joanna Joe Joel Johan Johann John Johnny Jon Jonathan Jordan Jorge Joseph Josh Joshua Juan Judith Julia Julian
    Julie Jürgen Justin Kamala Karen Karl Kate Katherine Kathleen Keith Kelly Ken Kenneth Kevin Kim Kurt Kyle Larry
    Laura Lauren Laurence Lawrence Leo Leon Leonard Leonardo Lewis Liam Linda Lionel Lisa Lloyd Louis Louise Lucas Lucy
    Luis Luke Lynn Marc Marco Margaret Maria Marie Mario Mark Marta Martha Martin Mary Matt Matthew Maurice Max Megan
    Melissa Michael Michel Michelle Miguel Mike Mikhail Mohamed Mohammed Monica Muhammad Nancy Natalie Nathan Neil
    Nicholas Nick Nicolas Nicole Nigel Nikola Nikolai Noah Nora Norman Oleg Oliver Olivia Oscar Otto Owen Pablo Pamela
    Patricia Patrick Paul Paula Pavel Pedro Peter Phil Philip Pierre Rachel Ralph Ray Raymond Rebecca Ricardo Richard
    Rishi Rob Robert Roberto Robin Roger Roland Roman Ron Ronald Rosa Roy Russell Ruth Ryan Sally Sam Samuel Sandra
    Sara Sarah Scott Sean Sebastian Sergei Sharon Simon Sofia Sophia Sophie Stanley Stefan Stella Stephanie Stephen
    Steve Steven Stuart Susan Suzanne Sven Sylvia Taylor Ted Terry Theodore Theresa Thomas Tim Timothy Tina Todd Tom
    Tony Ursula Valentina Vera Victor Victoria Vincent Viktor Vladimir Volodymyr Walter Warren Wayne Wendy Werner Will
    William Wolfgang Xavier Yuri Yves Zachary
    """.split()
)  # fmt: skip
_TITLES = re.compile(
    r"(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Lord|Lady|Saint|St|Pope|King|Queen|Prince|Princess|Emperor|Empress|Sultan|Tsar|Duke"
    r"|President|Chancellor|Senator|Sen|Rep|Gov|Governor|Mayor|Judge|Justice|General|Gen|Colonel|Captain|Professor"
    r"|Prime Minister|Bishop|Archbishop|Cardinal)\.? (?!of\b)[A-Z]"
)
_COUNTRIES = """
    Afghanistan|Albania|Algeria|Angola|Argentina|Armenia|Australia|Austria|Azerbaijan|Bangladesh|Belarus|Belgium
    Bolivia|Bosnia|Brazil|Britain|Great Britain|Bulgaria|Cambodia|Cameroon|Canada|Chile|China|Colombia|Congo|Croatia
    Cuba|Cyprus|Czechoslovakia|Denmark|Ecuador|Egypt|England|Estonia|Ethiopia|Finland|France|Germany|West Germany
    East Germany|Ghana|Greece|Greenland|Guatemala|Haiti|Honduras|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland
    Northern Ireland|Israel|Italy|Jamaica|Japan|Kazakhstan|Kenya|Kosovo|Kuwait|Laos|Latvia|Lebanon|Libya
    Lithuania|Luxembourg|Madagascar|Malaysia|Mali|Malta|Mexico|Moldova|Mongolia|Montenegro|Morocco|Mozambique
    Myanmar|Namibia|Nepal|the Netherlands|New Zealand|Nicaragua|Niger|Nigeria|North Korea|North Macedonia|Norway
    Oman|Pakistan|Panama|Paraguay|Peru|Poland|Portugal|Qatar|Romania|Russia|Rwanda|Saudi Arabia|Scotland|Senegal
    Serbia|Singapore|Slovakia|Slovenia|Somalia|South Africa|South Korea|the Soviet Union|Spain|Sri Lanka|Sudan|Sweden
    Switzerland|Syria|Taiwan|Tanzania|Thailand|Tibet|Tunisia|Turkey|Uganda|Ukraine|the United Kingdom
    the United States|the UK|the U.S.|the US|Uruguay|Uzbekistan|Venezuela|Vietnam|Wales|Yemen|Zambia|Zimbabwe
"""
_OTHER_PLACES = """
    Africa|Asia|Europe|Antarctica|North America|South America|Latin America|Scandinavia|Oceania|the Middle East
    Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Hawaii|Idaho|Illinois|Indiana
    Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana
    Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|New York City|North Carolina|North Dakota|Ohio
    Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia
    West Virginia|Wisconsin|Wyoming|Ontario|Quebec|Bavaria|Normandy|Sicily|Crimea|Catalonia|Amsterdam|Ankara|Athens
    Atlanta|Auckland|Austin|Baghdad|Baltimore|Bangkok|Barcelona|Basel|Beijing|Beirut|Belfast|Belgrade|Berlin
    Birmingham|Bonn|Boston|Bristol|Brussels|Bucharest|Budapest|Buenos Aires|Cairo|Calgary|Cambridge|Cardiff|Chicago
    Cleveland|Cologne|Copenhagen|Dallas|Damascus|Delhi|Denver|Detroit|Doha|Dresden|Dubai|Dublin|Edinburgh|Florence
    Fresno|Frankfurt|Gaza|Geneva|Glasgow|The Hague|Hamburg|Hanoi|Havana|Helsinki|Hiroshima|Hong Kong|Houston
    Istanbul|Jacksonville|Jakarta|Jerusalem|Johannesburg|Kabul|Kiev|Kyiv|Las Vegas|Leeds|Leipzig|Lisbon|Liverpool
    London|Los Angeles|Lyon|Madrid|Manchester|Manila|Marseille|Melbourne|Memphis|Miami|Milan|Minneapolis|Minsk
    Montreal|Moscow|Mumbai|Munich|Nairobi|Naples|New Delhi|New Orleans|Newcastle|Nuremberg|Oakland|Orlando|Oslo
    Oxford|Paris|Philadelphia|Phoenix|Pittsburgh|Portland|Prague|Pretoria|Reykjavik|Riga|Rio de Janeiro|Riyadh|Rome
    Rotterdam|Sacramento|Salzburg|San Diego|San Francisco|San Jose|Santiago|Sarajevo|Seattle|Seoul|Shanghai|Sofia
    Stockholm|Strasbourg|Stuttgart|Sydney|Tallinn|Tehran|Tel Aviv|Tokyo|Toronto|Turin|Vancouver|Venice|Vienna
    Vilnius|Warsaw|Washington|Washington, D.C.|Washington, DC|York|Zagreb|Zurich
"""


def _listed(names: str) -> frozenset[str]:
    return frozenset(name.removeprefix("the ") for name in re.split(r"\||\s*\n\s*", names.strip()))


_STATES = _listed(_COUNTRIES)
WITH_ARTICLE = frozenset(re.findall(r"\bthe ([^|\n]+)", _COUNTRIES))
"""Countries whose names are used with "the"."""
_PLACES = _STATES | _listed(_OTHER_PLACES)

HEADS = (
    "abbey act agency agreement airline airport arena army award bank battle bridge canal castle cathedral cemetery "
    "center centre church city clinic club college commission committee company conference convention council "
    "declaration dynasty empire festival foundation gallery gardens hospital hotel island institute institution "
    "kingdom lake law library lighthouse magazine memorial monument mosque mountain museum newspaper observatory "
    "orchestra organization palace park party prison prize province railway republic river school society stadium "
    "station statue street summit temple theatre theater tower town treaty tunnel university village war"
).split()
_HEAD = re.compile(rf"(?:(?:(?! of ).)+ ({'|'.join(HEADS)})|({'|'.join(HEADS)}) of .+)", re.IGNORECASE)
_GROUP = re.compile(
    r".*\b(?:Inc|Corp|Corporation|Ltd|LLC|Group|United|Association|Federation|Union|Ministry|Department|Parliament"
    r"|Senate|Congress|Team|Police|Government|League|Authority|Office|Organisation|Academy)\.?(?: of .+)?"
)
_PERSON_NOUN = re.compile(
    r"\b(?:CEO|CFO|CTO|COO|(?:co-)?founder|co-?founder|president|director|author|chairman|chairwoman|chair|chief|leader"
    r"|head|minister|secretary|mayor|governor|king|queen|emperor|prince|princess|duke|pope|bishop|owner|producer|writer"
    r"|singer|actor|actress|coach|manager|captain|player|champion|winner|son|daughter|wife|husband|father|mother|brother"
    r"|sister|inventor|composer|architect|editor|editor-in-chief|professor|commander|general|ambassador|senator|judge"
    r"|creator|designer|engineer|officer|astronaut|man|woman|person|poet|painter|scientist|physicist|host|star|drummer"
    r"|guitarist|quarterback|seller|maker|historian|economist|mathematician|musician|rapper|artist|novelist|journalist|philosopher|explorer|businessman|entrepreneur|billionaire|investor|teacher|doctor|priest|missionary|spy|pilot|chemist|biologist|runner|partner|survivor|victim|striker|goalkeeper|lawyer|attorney|spokesman|spokeswoman|spokesperson|successor"
    r"|predecessor|boss|analyst|prosecutor|premier|chancellor|tsar|sultan|khan|ruler|grandson|nephew|uncle|widow)s?\b",
    re.IGNORECASE,
)


def is_person(name: str) -> bool:
    """Tell whether a name is a person's, by its title or given name."""
    first, _, rest = name.partition(" ")
    return bool(_TITLES.match(name)) or (first in _GIVEN and bool(rest) and not head(name) and not is_group(name))


def is_group(name: str) -> bool:
    """Tell whether a name is that of a group of people that acts as one."""
    return bool(_GROUP.fullmatch(name))


def is_place(name: str) -> bool:
    """Tell whether a name is that of a country, state or large city, perhaps after a smaller place: "Lund, Sweden"."""
    return name in _PLACES or ("," in name and name.rpartition(", ")[2] in _PLACES)


def head(name: str) -> str:
    """Return the common noun that a name ends or begins with, "" without one: the Treaty of Lund is a treaty."""
    found = _HEAD.fullmatch(name)
    return (found[1] or found[2]).lower() if found else ""


def names_person(phrase: str) -> bool:
    """Tell whether a noun phrase is a person's role; what comes after its first preposition does not count."""
    return bool(_PERSON_NOUN.search(re.split(r" (?:of|for|at|in|to|from|on) ", phrase)[0]))


def kind(name: str) -> str:
    """Return person, country, place, group, a head noun, or "" where the name does not tell."""
    if is_person(name):
        return "person"
    if name in _STATES:
        return "country"
    if is_place(name):
        return "place"
    return head(name) or ("group" if is_group(name) else "")
