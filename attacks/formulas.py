r"""Formulas for `test_safety`: what must not ship, and what only draws."""

_URL = "url(https://example.org/x)"
_NAMES = [
    r"\href{https://example.org}{x}", r"\href{javascript:alert(1)}{x}", rf"\style{{background:{_URL}}}{{x}}",
    r"\style{position:fixed;inset:0}{x}", r"\class{cs-back}{x}", r"\cssId{answer}{x}", r"\data{a=b}{x}",
    r"\mmlToken{mi}[href='https://example.org']{x}", r"\mmlToken{mtext}[style='color:red']{x}", r"\require{html}",
    r"\Require{html}", r"\def\x{\x\x}\x", r"\newcommand{\x}{y}\x", r"\renewcommand{\frac}[2]{#1}", r"\let\x=\frac",
    r"\newenvironment{x}{a}{b}", r"\renewenvironment{matrix}{a}{b}", r"\DeclareMathOperator{\x}{y}", r"\gdef\x{y}",
    r"\DeclarePairedDelimiter{\x}{(}{)}", r"\DeclarePairedDelimiterX{\x}[1]{(}{)}{#1}", r"\Newextarrow{\x}{1,1}{8594}",
    r"\newtagform{x}{(}{)}", r"\renewtagform{x}{(}{)}", r"\usetagform{x}", r"\mathtoolsset{centercolon}",
    r"\definecolor{red}{named}{blue}", r"\minCDarrowwidth{9em}", r"\mathtip{x}{y}", r"\texttip{x}{y}", r"\toggle{x}{y}\endtoggle",
    r"\ref{x}", r"\eqref{x}", r"\refeq{x}", r"\csname href\endcsname{x}{y}", r"\catcode`\@=0 @href{x}{y}", r"\global\def\x{y}",
    r"\htmlStyle{color:red}{x}", r"\htmlClass{x}{y}", r"\htmlId{x}{y}", r"\htmlData{x=y}{z}", r"\url{https://example.org}",
    r"\includegraphics{https://example.org/x}", r"\input{x}", r"\special{x}", r"\begin{tex-html}<b>x</b>\end{tex-html}",
]  # fmt: skip
_ARGUMENTS = [
    rf"\unicode[{_URL}]{{x41}}", rf"\unicode[.5,.5][{_URL}]{{x41}}", r"\unicode[a;b]{x41}", r"\unicode{x41;}", r"\unicode x",
    r"\unicode{\href{x}{y}}", rf"\bbox[background:{_URL}]{{x}}", rf"\bbox[5px,border:1px solid,background:{_URL}]{{x}}",
    r"\bbox[position:fixed]{x}", r"\bbox [color:red] {x}", r"\bbox[red,;]{x}", r"\bbox[5px, ,x:y]{x}", rf"\color{{{_URL}}}{{x}}",
    r"\color{red;background:blue}{x}", r"\color[rgb]{url(x)}{y}", r"\color[x]{y}{z}", r"\color{}{x}", r"\color\x{y}",
    rf"\textcolor{{{_URL}}}{{x}}", rf"\colorbox{{{_URL}}}{{x}}", rf"\fcolorbox{{red}}{{{_URL}}}{{x}}",
    rf"\fcolorbox{{{_URL}}}{{red}}{{x}}", r"\fcolorbox{red}blue{x}", rf"\begin{{matrix}}\cellcolor{{{_URL}}} x\end{{matrix}}",
    rf"\rowcolor{{{_URL}}}", rf"\columncolor{{{_URL}}}", rf"\enclose{{box}}[mathbackground='{_URL}']{{x}}",
    r"\enclose{box} [style='x']{x}", r"\enclose{a'b}{x}", rf"\cancel[mathbackground='{_URL}']{{x}}", r"\bcancel[color=red]{x}",
    r"\xcancel [color=red]{x}", r"\cancelto[color=red]{x}{y}", r"\label{a'b<c>}", r"\label{x\href{y}{z}}",
    r"\rule{9999em}{9999em}", r"\Rule{100em}{1em}{1em}", r"\Space{1em}{100em}{1em}", r"\hspace{9999px}", r"\hskip 500em x",
    r"\kern-99em x", r"\mkern9999mu x", r"\mskip 9999mu", r"\raise100em{x}", r"\raise 41 em x", r"\lower99cm{x}",
    r"\moveleft 99em {x}", r"\moveright 99in{x}", r"a \above 99em b", r"a \abovewithdelims () 99em b", r"\genfrac(){99em}{0}{x}{y}",
    r"a \\[99em] b", r"a \\ [ 99em ] b", r"\begin{spreadlines}{99em} x \end{spreadlines}", r"\begin{multlined}[c][999em] x \end{multlined}",
    r"\mathmakebox[99em]{x}", r"\framebox[99em]{x}", r"\begin{alignat}{999999999} x \end{alignat}",
    r"\begin{alignedat}{1000000} x \end{alignedat}", r"\begin{xxalignat} {999} x \end{xxalignat}", r"\skew{9999}{x}{y}",
    r"\MoveEqLeft[9999]x",
]  # fmt: skip
_TRICKS = [
    "\\href%\n{https://example.org}{x}", "\\href\n{x}{y}", "\\href\t{x}{y}", r"\href x y", r"{\href{x}}{y}", r"\text{$\href{x}{y}$}",
    r"\text{\(\style{x}{y}\)}", r"\mbox{a $\class{x}{y}$ b}", r"\ce{\href{x}{y}}", r"\ce{$\style{x}{y}$}", r"\pu{\style{x}{y}}",
    r"\frac\href{x}{y}", r"\sqrt[\style{x}{y}]{z}", r"\tag{$\href{x}{y}$}", r"\operatorname{\href{x}{y}}", r"\\\href{x}{y}",
    r"\begin{array}{c@{\href{x}{y}}} x \end{array}", r"\left\href{x}{y}\right)", r"x^\href{y}{z}", r"\verb|\href{x}{y}|",
    r"\begin {href} x \end{href}\href{x}{y}", r"\begin x \end x", r"\begin{ matrix} x \end{ matrix}", r"\begin{\def} x \end{\def}",
    "\\unicode%\n[font]{x41}", "\\bbox\n[x:y]{z}", "\\color%\n{red}{x}", r"\begin{empheq}[left=\style{x}{y}]{align} x \end{empheq}",
    r"\boxed{\boxed{\let\x=y}}", r"\def~{\href{x}{y}} ~", r"\substack{a\\\class{x}{y}}", r"\underset{\cssId{x}{y}}{z}",
    r"\begin{CD} A @>\href{x}{y}>> B \end{CD}", r"\mathchoice{\style{x}{y}}{}{}{}", r"\sideset{\href{x}{y}}{}\sum", r"\phantom{\style{x}{y}}",
]  # fmt: skip
PAYLOADS = [*_NAMES, *_ARGUMENTS, *_TRICKS]

HARMLESS = [
    r"\color{red}{x}", r"\color{#ff0000}{x}", r"\color[rgb]{1,0,0}{x}", r"\textcolor{blue}{x}", r"\colorbox{yellow}{x}",
    r"\fcolorbox{red}{yellow}{x}", r"\bbox[5px]{x}", r"\bbox[yellow, 5px]{x}", r"\bbox{x}", r"\unicode{x1D49C}", r"\unicode{65}",
    r"\cancel{x}", r"\cancelto{0}{x}", r"\enclose{horizontalstrike box}{x}", r"x \tag{1}", r"\label{eq:1} x", r"a \\[1em] b",
    r"\hspace{1em}", r"\rule{1em}{0.4pt}", r"\kern-.3em x", r"\raise2pt{x}", r"a\\ class", r"\begin{alignedat}{2} a &= b \end{alignedat}",
    r"\ce{H2O}", r"\pu{100 m s-1}", r"\text{损失 \bm}", r"\operatorname*{arg\,max}_x", r"\begin{CD} A @>>> B \end{CD}", r"\mathchoice{a}{b}{c}{d}",
    r"\boxed{x}", r"\Huge x", r"\verb|x|", r"\left\{ x \right.", r"\phantom{x}", r"\genfrac(){0pt}{0}{n}{k}", r"\underset{x}{\min}",
    r"\begin{empheq}[left=\empheqlbrace]{align} x \end{empheq}", r"\begin{array}{c|c} a & b \end{array}", r"\skew3\hat{A}",
]  # fmt: skip
