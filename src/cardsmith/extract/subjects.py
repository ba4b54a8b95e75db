"""Where a statement's subject ends: before the first word that begins a predicate, within its first clause.

A closed list of function words beats part-of-speech tags here: a tagger fuses 是 into its neighbour in an eighth of
real definitions. A word counts only where it cannot be part of a noun (用 in 用户, 对 in 对数, 能 in 性能).
"""

import re

from cardsmith.extract.terms import Term, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document

_PREDICATE = re.compile(
    # copulas and modals
    r"是|[即]|指(?![数标令针导向定])|(?:(?<=..)[改变设记拆写换分])?(?<![行认作因以])为|(?<!没)有(?![监限效序向损符偏界理状])|可(?![解分靠视逆微用学变训调信控扩移])|"
    r"(?<![性功技智职势动潜])能(?![量力耗级])|(?<![社机])会(?![话议员])|(?<![必重主需概])要(?![素求点])|需要|必须|应当|应该|无法|不能|难以|"
    # prepositions and coverbs
    r"将|把|被|(?<![路理自])由(?!于)|让|使(?![用])|从|(?<![所可除乘予足难])以(?![及太为上下内外来后前防便免至])|给(?!定)|按|(?<!可)靠|跟|(?:(?<=..)[落放存写测碰遇停留站])?(?<![存内现所])在(?!线)|(?<![绝相针面反成配一])对(?![数比象齐话抗偶角称立等策])|"
    r"(?<![使采利应通费作引调常商适实占复信])用(?![户例法途])|[与和](?=[^,;]{1,24}(?:有关|相关|无关|不同|相同|一致|一样|相当|类似|成[正反]比))|(?<![合归])并(?![行发集联])|(?:(?<=..)[落测碰遇压切映推搬吐走跑拿收降升])?(?<!端)到(?![端达])|(?<![大小等高低优由关属基用多少先趋当终介善对在至过处])于|"
    # adverbs
    r"则|都|也|只|仅|还(?!原)|更(?!新)|再|先(?![验进])|才(?!能)|又|却|很|太|越|就|便(?!宜)|已经?|没|不(?![同变等确均足良])|"
    r"一般|通常|往往|压根|早就?(?!期)|恰好|大约|大概|走(?!向)|划成|切成|拼成|做成|改成|换成|经常|总是|几乎|直接|分别|其实|实际上|本质上|主要|同时|普遍|仍然?|依然|天然|天生|"
    # verbs of the trade
    r"通过|采用|采取|使用|利用|借助|基于|根据|依赖|依靠|取决|来自|来源|源于|属于|包括|包含|具有|具备|拥有|带有|存在|分为|分成|组成|构成|"
    r"意味着|表示|代表|描述|反映|刻画|衡量|(?<![梯角速维程高])度量|等于|等价|相当|类似|接近|满足|服从|遵循|得到|获得|取得|达到|"
    r"引入|提出|提供|允许|支持|负责|保证|确保|保留|保持|避免|防止|缓解|解决|处理|导致|引起|造成|带来|产生|限制(?!下)|"
    r"提升|提高|降低|减少|增加|增大|减小|加速|加快|缩小|放大|替换|取代|代替|去掉|删掉|丢弃|省去|忽略|冻结|抬高|惩罚|鼓励|强调|截断|打破|摊开|照搬|沿着|逼近|拟合|"
    r"旨在|倾向|擅长|适合|适用|容易|善于|结合|融合|继承|沿用|借鉴|扩展|推广|学到|学习到|看到|做到|需|(?<!能)够|固定|碰到|切(?![片点])|(?<![内显留保储库缓])存(?![量储款取在])|以为|起到|起的?作用|出现|发生|变得|变成|成为|作为|"
    r"收敛|退化|消失|爆炸|占(?!比)|跑在|存的?是|记录|维护|决定|选择|选取|取的?是|返回|接收|接受|输出的?是|输入的?是|"
    # English
    r" (?:is|are|was|were|can|cannot|could|may|must|should|will|has|have|had|does|do|uses?|means?|refers?|lets?|makes?|gives?|takes?|"
    r"keeps?|needs?|requires?|allows?|reduces?|increases?|computes?|adds?|removes?|replaces?|avoids?|measures?|turns?|tells?|"
    r"learns?|works?|consists?|depends?|stores?|scales?|grows?|trains?|helps?|only|also|never|always) "
)


def subject_of(document: Document, span: Span) -> Term:
    """Return the first noun phrase of a statement: what stands in its first clause before its first predicate."""
    text = document.shadow[span.start : span.end]
    head = re.match(r"[^,;:。]*", text).group()  # type: ignore[union-attr] # it matches always
    stop = next((m.start() for m in _PREDICATE.finditer(head) if m.start() > 1), len(head))
    return trim(document, span.start, span.start + stop)
