r"""Texts of strangers that want to be more than text: scripts, handlers, addresses, other languages of a page."""

from attacks.formulas import PAYLOADS as FORMULAS

HANDLER = r'\(x" tabindex=0 autofocus onfocus="alert(1)" y="\)'
STRANGERS = {
    "a handler in a link's address": f"见 {HANDLER}，[图](http://e.com/{HANDLER})。",
    "a handler in a link's title": f'见 {HANDLER}，[图](http://e.com "{HANDLER}")。',
    "a handler in a reference": f"见 {HANDLER}，[图][a]。\n\n[a]: http://e.com/{HANDLER}",
    "a handler in a picture's description": f"见 {HANDLER}，![{HANDLER}](figure.png)",
    "a handler between dollars": r'见 $x" autofocus onfocus="alert(1)" y="$，[图](http://e.com/$x" autofocus onfocus="alert(1)" y="$)',
    "an address made of a formula": r"见 \(javascript:alert(1)\) [图](\(javascript:alert(1)\)) [图]($javascript:alert(1)$)",
    "an address cut by a formula": r"见 $s$ [图](java$s$cript:alert(1)) 见 \(\) [图](java\(\)script:alert(1))",
    "an element": "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "an element in a formula": r"\(a<img src=x onerror=alert(1)>b\)",
    "an element in code": "`<img src=x onerror=alert(1)>`\n\n```\n<script>alert(1)</script>\n```",
    "quotation marks": "\"><img src=x onerror=alert(1)>' onfocus='alert(1)' autofocus tabindex='0",
    "an end of a comment, a script, a style": "--></script></style></title></textarea><img src=x onerror=alert(1)>",
    "an entity": "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;alert(1)&#60;/script&#62;",
    "a tag cut in two": f'<img src=x {HANDLER} alt="{HANDLER}',
}
"""In the fields of cards; what is refused as a deck's name stands in titles all the same."""

_ELEMENTS = [
    "<script>alert(1)</script>", "<SCRIPT>alert(1)</SCRIPT>", "<script/x>alert(1)</script>", "<script src=data:,alert(1)></script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>", "<script\n>alert(1)</script\n>", "<script>alert(1)", "<script src=//example.org/x.js>",
    "<svg onload=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a href=javascript:alert(1)><text>x</text></a></svg>", "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>", "<svg><set attributeName=onmouseover to=alert(1)>", "<svg><style>*{background:url(//example.org/x)}</style></svg>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>", "<math href=javascript:alert(1)>x</math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>", "<iframe src=javascript:alert(1)></iframe>", "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=//example.org></iframe>", "<object data=javascript:alert(1)></object>", "<embed src=javascript:alert(1)>", "<applet code=x></applet>",
    "<base href=//example.org/>", "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>", "<link rel=stylesheet href=//example.org/x.css>", "<link rel=prefetch href=//example.org/x>",
    "<style>@import '//example.org/x.css';</style>", "<style>*{background:url(//example.org/x)}</style>", "<form action=javascript:alert(1)><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>", "<select autofocus onfocus=alert(1)>", "<textarea autofocus onfocus=alert(1)>", "<button formaction=javascript:alert(1)>x</button>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>", "<video><source onerror=alert(1)></video>", "<video src=x onerror=alert(1)>", "<audio src=x onerror=alert(1)>",
    "<video poster=//example.org/x>", "<body onload=alert(1)>", "<marquee onstart=alert(1)>x</marquee>", "<isindex action=javascript:alert(1)>", "<keygen autofocus onfocus=alert(1)>",
    "<img src=//example.org/x>", "<img srcset='//example.org/x 1x'>", "<img src=x:x onerror=alert(1)//", "<img/src=x/onerror=alert(1)>", "<img\tsrc=x\tonerror=alert(1)>", "<img src=`x`onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>", "<image src=x onerror=alert(1)>", "<picture><source srcset=//example.org/x><img src=x></picture>", "<table background=//example.org/x><tr><td>x",
    "<portal src=//example.org>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<template><img src=x onerror=alert(1)></template>", "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<plaintext><img src=x onerror=alert(1)>", "<title><img src=x onerror=alert(1)></title>", "<textarea></textarea><img src=x onerror=alert(1)>", "<!--><img src=x onerror=alert(1)>-->", "<!--!><img src=x onerror=alert(1)>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>", "<?xml version=1?><img src=x onerror=alert(1)>", "<!DOCTYPE x [<!ENTITY a '<img src=x onerror=alert(1)>'>]>&a;", "</p></div></article></section><script>alert(1)</script>",
    "<div style='background:url(//example.org/x)'>x</div>", "<div style='position:fixed;inset:0'>x</div>", "<p id=answer>x</p>", "<span class=cs-back>x</span>", "<x onclick=alert(1) tabindex=0>x</x>", "<a href=javascript:alert(1)>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>", "<a href='&#106;avascript:alert(1)'>x</a>", "<a href=data:text/html,<script>alert(1)</script>>x</a>", "<a href='\x01javascript:alert(1)'>x</a>", "<dialog open><img src=x onerror=alert(1)></dialog>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">', "<p><style><!--</style><img src=x onerror=alert(1)>--></p>",
    "<svg><desc><noscript>&lt;/noscript>&lt;img src=x onerror=alert(1)>", "<a><table><td><a><img src=x onerror=alert(1)>",
]  # fmt: skip
_ATTRIBUTES = [
    '" onfocus=alert(1) autofocus tabindex=0 x="', "' onfocus=alert(1) autofocus tabindex=0 x='", '">\'><script>alert(1)</script>', "` onerror=alert(1) `", '"/><svg onload=alert(1)>',
    '\\" onfocus=alert(1) autofocus x=\\"', "&quot; onfocus=alert(1) autofocus x=&quot;", '"style="background:url(//example.org/x)', '"srcdoc="<script>alert(1)</script>',
    "x onerror=alert(1)", 'x" onmouseover="alert(1)', "</script><script>alert(1)</script>", "</style><script>alert(1)</script>", "</title><script>alert(1)</script>", "\u2028alert(1)\u2029",
    "*/alert(1)/*", "${alert(1)}", "`${alert(1)}`", "'-alert(1)-'", '"-alert(1)-"', "\\x3cscript\\x3ealert(1)\\x3c/script\\x3e", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "javascript:alert(1)", "];alert(1);[",
    '"};alert(1);//', "</script><!--<script>", "<!--<script>", "window.CARDSMITH=alert(1)",
]  # fmt: skip
_MARKDOWN = [
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x]( javascript:alert(1))", "[x](<javascript:alert(1)>)", "[x](java&#x0A;script:alert(1))", "[x](&#106;avascript:alert(1))", "[x](javascript&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)", "[x](vbscript:alert(1))", "[x](file:///etc/passwd)", "[x](//example.org)", "[x](blob:x)", "[x](view-source:x)", "[x](anki:x)", "[x](pycmd:ans)",
    "[x](javascript://example.org/%0aalert(1))", "[x](\\javascript:alert(1))", "[x](java\tscript:alert(1))", "[x](javascript:alert%281%29)", "[x][a]\n\n[a]: javascript:alert(1)", "[x][a]\n\n[a]: <javascript:alert(1)> 't'",
    '[x](http://e.com "t" onclick=alert(1))', '[x](http://e.com"onclick="alert(1))', "[x](http://e.com/'onclick='alert(1))", '[x](http://e.com/"><script>alert(1)</script>)', '[x](http://e.com "\'><script>alert(1)</script>")', "<javascript:alert(1)>",
    '<http://e.com/"onclick=alert(1)>', '<a@b.c"onclick=alert(1)>', "[<script>alert(1)</script>](http://e.com)", "[![x](javascript:alert(1))](javascript:alert(1))", "![x](javascript:alert(1))", "![x](//example.org/x.png)", "![x](http://example.org/x.png)",
    '![x" onerror=alert(1) y="](figure.png)', '![x](x" onerror=alert(1) y=")', '![x](figure.png "" onerror=alert(1))', "![x](data:image/svg+xml,<svg onload=alert(1)>)", "![x][a]\n\n[a]: http://example.org/x.png",
    "```<script>alert(1)</script>\nx\n```", '```" onclick=alert(1)\nx\n```', "```{.x onclick=alert(1)}\nx\n```", "~~~ html\n<script>alert(1)</script>\n~~~", "`` `<script>alert(1)</script>` ``", "    <script>alert(1)</script>", "> <script>alert(1)</script>",
    "- <script>alert(1)</script>", "1. <svg onload=alert(1)>", "# <script>alert(1)</script>", "|a|b|\n|-|-|\n|<script>alert(1)</script>|x|", '|a|\n|:-" onclick=alert(1)|\n|x|', "**<script>alert(1)</script>**", "*x*{: onclick=alert(1) }",
    "x\n{: onclick=alert(1) }", "[TOC]", "[^1]: <script>alert(1)</script>\n\nx[^1]", "*[x]: <script>alert(1)</script>\n\nx", "\\<script>alert(1)\\</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#x3c;script&#x3e;alert(1)", "&amp;lt;script&amp;gt;",
    "&NewLine;<script&Tab;>alert(1)</script>", "\u02c2script\u02c3alert(1)", "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e", "\ue0000\ue001", "\ue0000\ue001<img src=x onerror=alert(1)>", "\x02wzxhzdk:0\x03", "\x02klzzwxh:0000\x03", "\x02amp\x03lt;script\x02amp\x03gt;",
    "klzzwxh:0000", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
]  # fmt: skip
_ANKI = [
    "{{FrontSide}}", "{{Front}}", "{{Tags}}", "{{#Front}}x{{/Front}}", "{{^Retired}}", "{{type:Front}}", "{{cloze:Text}}", "{{tts en_US:Front}}", "{{hint:Back}}", "{{{Front}}}", "{{c1::x}}", "{{c9::x}}", "<%= alert(1) %>", "{% raw %}", "{{=<% %>=}}",
    "[sound:x.mp3]", "[sound:../../x.mp3]", "[anki:tts lang=en_US]x[/anki:tts]", "[anki:play:q:0]", "[latex]\\input{/etc/passwd}[/latex]", "[$]x[/$]", "[$$]x[/$$]", "[[sound:x.mp3]]", "&#91;sound:x.mp3]", "[sound:x\n.mp3]", "\\[sound:x.mp3\\]",
    "<anki-mathjax>x</anki-mathjax>", "<div class=mathjax>x</div>", "<span class=cloze data-cloze='<script>alert(1)</script>'>x</span>", "}}{{c1::<script>alert(1)</script>}}", "{{c1::<img src=x onerror=alert(1)>}}", "{{c1::x::<img src=x onerror=alert(1)>}}",
    '{{c1::x::" onfocus=alert(1) autofocus tabindex=0 y="}}', "{{c1::[x](javascript:alert(1))}}", '{{c1::\\(x" onfocus="alert(1)" y="\\)}}', "{{c1::{{c2::<script>alert(1)</script>}}}}", "<scr{{c1::ipt>}}alert(1)</script>", "{{c1::`</code><script>alert(1)</script>`}}",
]  # fmt: skip
_MATH = [
    r"\(<script>alert(1)</script>\)", r"\(</script><script>alert(1)</script>\)", r"\[<img src=x onerror=alert(1)>\]", r"\(\text{<img src=x onerror=alert(1)>}\)", r"\(\mathrm{&lt;script&gt;}\)", r"\(a < b\) 与 \(c > d\) <svg onload=alert(1)>", r"\(x\)<script>alert(1)</script>\(y\)",
    r"`\(x\)`<svg onload=alert(1)>", r"\\(x<svg onload=alert(1)>\\)", r"[\(x\)](javascript:alert(1))", r"![\(<svg onload=alert(1)>\)](figure.png)", r"[x](\(\)javascript:alert(1))", r"<a href=\(javascript:alert(1)\)>x</a>", r'<img src="\(x\)" onerror=alert(1)>', r"\(\unicode{x3c}script\unicode{x3e}\)",
    r"\(\text{$\href{javascript:alert(1)}{x}$}\)", r"&#92;(\href{javascript:alert(1)}{x}&#92;)", r"\\(\href{javascript:alert(1)}{x}\\)", r"**\\(** \href{javascript:alert(1)}{x} \\)", r"\(\href{javascript:alert(1)}{x}", r"\( <!-- \) --> <svg onload=alert(1)>",
]  # fmt: skip
_TERMINAL = [
    "\u202eignore\u202c", "\u2066x\u2069", "\u200bx", "\ufeffx", "\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\x07", "\x00", "a\rb", "\x7f", "\U000e0041\U000e007f", "\u061cx", "\u2028x", "\x85x",
    "::error::x", "::set-output name=a::b", "::add-mask::x", "\n::error::x", "##[error]x", "\n##[add-mask]x", "%0A::error::x", "::stop-commands::x", "@octocat x #1 GH-1", "https://example.org/x www.example.org", "a@example.org", "<del>x</del><ins>y</ins>",
    "```math\n\\href{javascript:alert(1)}{x}\n```", "$`\\href{javascript:alert(1)}{x}`$", "$$\\style{background:url(//example.org/x)}{x}$$", "| a | b |", "x | <img src=x onerror=alert(1)> |", ":boom: x", "- [ ] x", "> [!WARNING]\n> x", "[x]: javascript:alert(1)",
]  # fmt: skip

TEXTS = {
    **STRANGERS,
    **{text: text for text in [*_ELEMENTS, *_ATTRIBUTES, *_MARKDOWN, *_ANKI, *_MATH, *_TERMINAL]},
    **{f"formula {body}": rf"见 \({body}\)。" for body in FORMULAS},
}
"""Every text that is tried, by its name."""
