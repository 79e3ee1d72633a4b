"""Hostile inputs of the kinds that the public corpora collect, generated here; nothing is copied.

`strings()` are texts for any field, argument or parameter; `documents()` are whole YAML files. Both are
the same in every run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\ufffe\uffff\U000e0001\U000e0041"
_LETTERS = "àéîõüßøłžşğıİǅﬁΣςπжЯ你好日本語한국어مرحباשלוםनमस्तेไทย🙂👩\u200d👩\u200d👧🏳️\u200d🌈\u0301\u20e3½Ⅷ①𝐀𝒜𝔄ａ０"


def strings() -> list[str]:
    """Every hostile text once, about a thousand."""
    return list(dict.fromkeys(itertools.chain(
        naughty(), markup(), traversal(), addresses(), templates(), formulas(), commands())))


def naughty() -> Iterator[str]:
    """Words that mean something somewhere, numbers at the edges, characters that hide or turn."""
    words = ("undefined null NULL nil None none true True TRUE false yes no on off NaN nan Infinity -Infinity inf hasOwnProperty "
             "constructor __proto__ toString then CON PRN AUX NUL COM1 LPT1 . .. ~ - -- --- ... * ** ? : ; , | || & && % %s %d %n %x "
             "%00 %0a $ ${} $() `` ` ' \" '' \"\" \\ \\\\ / // # #! @ ! ^ = == <> >< () [] {} [[]] {{}} {%%} <<")
    yield from words.split()
    numbers = ("0", "-0", "00", "010", "0x10", "0o17", "0b1", "1e5", "1E400", "-1e-400", "1_000", "1,000", "1.0.0", ".5", "5.", "+1", "--1")
    yield from numbers
    yield from (str(2**power + step) for power in (31, 32, 53, 63, 64, 128) for step in (-1, 0, 1))
    yield from (f"-{2**power}" for power in (31, 53, 63))
    yield from ("9" * length for length in (20, 400, 5000))
    yield from ("2026-02-30", "2026-13-01", "0000-00-00", "9999-12-31T23:59:60Z", "12:30:00", "190:20:30", "2001-12-14t21:59:43.10-05:00",
                "P0D", "P99999999999Y", "PT-1S", "P", "P1DT", "1970-01-01", "-2147483648-01-01")
    yield from (chr(code) for code in range(0x00, 0x21))
    yield from (chr(code) for code in range(0x7F, 0xA1))
    yield from (f"a{character}b" for character in _BIDI + _INVISIBLE + "\u2028\u2029\u0085\x00\x1b\r\n\t")
    yield from (f"gr{character}n" for character in _LETTERS)
    yield from ("a\ud800b", "\udfff", "\udcff\udcfe")  # half characters, as broken arguments have
    yield from ("\x1b[31mred", "\x1b]0;title\x07", "\x1b[2J", "line\r\nSet-Cookie: a=b", "a\nb: c", "2026-11-24 INFO forged\n")
    yield from ("x" * length for length in (1, 101, 255, 256, 4097, 70_000))
    yield from ("é" * 5000, "\u0301" * 3000, "🙂" * 2000, " " * 300, "\t" * 50, "\n" * 50, "(" * 3000, "a" * 200 + "!")
    yield from (f"{one}{two}" for one in ("admin", "risk-1", "credit-risk") for two in (" ", "\u00a0", ".", "\u0301", "\u200b", "%20", "\x00"))
    yield from ("rіsk-1", "ｒisk-1", "RISK-1", "rısk-1", "ﬁle", "ſuspend", "ﷺ", "Ω≈ç√∫˜µ≤≥÷", "ʇunpıɔuı", "田中さん", "社會科學院")
    yield from (f"{left}{word}{right}" for word in ("id", "x y", "é") for left, right in (
        ("'", "'"), ('"', '"'), ("`", "`"), ("[", "]"), ("{", "}"), ("<", ">"), ("|", "|"), ("!", ""), ("&", ""), ("*", ""), ("%", "%")))


def markup() -> Iterator[str]:
    """What a browser might run where a page writes it as HTML."""
    calls = ("alert(1)", "fetch('//x.invalid')")
    tags = ("img src=x onerror={}", "svg onload={}", "body onload={}", "details open ontoggle={}", "video><source onerror={}",
            "iframe src=javascript:{}", "a href=javascript:{}", "input autofocus onfocus={}", "math><mtext onclick={}",
            "marquee onstart={}", "object data=javascript:{}", "embed src=javascript:{}", "form action=javascript:{}", "button formaction=javascript:{}")
    for call, tag in itertools.product(calls, tags):
        text = tag.format(call)
        yield from (f"<{text}>", f'"><{text}>', f"'><{text}>", f"</script><{text}>")
    yield from (f"<script>{call}</script>" for call in calls)
    yield from ("<ScRiPt >alert(1)</sCrIpT>", "<scr<script>ipt>alert(1)</script>", "%3Cscript%3Ealert(1)%3C/script%3E", "\\u003cscript\\u003e",
                "&lt;script&gt;alert(1)&lt;/script&gt;", "<!--<script>", "<![CDATA[<script>]]>", "<style>@import'//x.invalid'</style>",
                "<link rel=stylesheet href=//x.invalid>", "<meta http-equiv=refresh content=0;url=//x.invalid>", "<base href=//x.invalid>",
                "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>",
                "vbscript:x", "';alert(1)//", "\";alert(1)//", "`${alert(1)}`", "--><script>", "]]><script>", "<svg><![CDATA[><script>]]>")


def traversal() -> Iterator[str]:
    """Ways to leave a folder, in the encodings that filters forgot."""
    ups = ("../", "..\\", "..%2f", "..%5c", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%252f", "..%c0%af", "..%ef%bc%8f", "....//", "..;/",
           ".%00./", "..\x00/", "．．/", "..／", "./../", "a/../../")
    ends = ("etc/passwd", "app.py", "register.db", "")
    yield from (up * depth + end for up in ups for depth in (1, 4) for end in ends)
    yield from ("/etc/passwd", "//etc/passwd", "\\\\host\\share", "C:\\boot.ini", "C:/boot.ini", "/proc/self/environ", "/dev/zero", "/dev/stdin",
                "~/.ssh/id_ed25519", "~root", "file:///etc/passwd", "models/../../x", "models//../x", "/", "\\", "a\x00.yaml", "a.yaml\x00.png",
                "a#b", "a?b", "a;b", "..", ".", "-rf", "--root=/", "@file", "-", "CON", "a/./b", "a/" * 300, "." * 300, "sha256:../../etc",
                "sha256:" + "0" * 63 + "/", "SHA256:" + "0" * 64, "sha256:" + "g" * 64, "sha256:" + "0" * 65)


def addresses() -> Iterator[str]:
    """Addresses inside, written so that a filter does not see it."""
    hosts = ("127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254",
             "[fd00:ec2::254]", "metadata.google.internal", "x.invalid", "x.invalid@127.0.0.1", "127.0.0.1.nip.invalid", "①②⑦.0.0.1", "10.0.0.1")
    yield from (f"{scheme}://{host}/" for host in hosts for scheme in ("http", "https"))
    yield from (f"{scheme}://127.0.0.1/x" for scheme in (
        "ftp", "sftp", "ssh", "smb", "gopher", "dict", "ldap", "s3", "gs", "abfs", "hdfs", "github", "hf", "git+ssh", "jar", "tar", "zip", "zip::http",
        "simplecache::http", "filecache::ftp", "reference", "blockcache::s3", "memory", "data", "sqlite", "postgresql", "jdbc:h2", "unix"))


def templates() -> Iterator[str]:
    """Expressions that a template engine would evaluate, and names that Airflow reads as files."""
    inner = ("7*7", "var.value.secret", "conn.db.password", "config", "ti.xcom_pull()", "''.__class__.__mro__", "macros.os", "self", "lipsum.__globals__")
    forms = ("{{{{ {} }}}}", "{{% if {} %}}x{{% endif %}}", "{{%- set x = {} -%}}", "${{{}}}", "#{{{}}}", "<%= {} %>", "{{{{{{{{{}}}}}}}}}")
    yield from (form.format(expression) for form in forms for expression in inner)
    yield from (f"{stem}{suffix}" for stem in ("run", "../run", "/etc/run", "a b") for suffix in (
        ".md", ".sh", ".sql", ".bash", ".html", ".jinja2", ".json", ".yaml", ".py", ".hql"))
    yield from ("{{", "}}", "{%", "%}", "{#", "#}", "{{ '{{' }}", "{% raw %}{{ x }}{% endraw %}", "{% for i in range(10**9) %}x{% endfor %}")


def formulas() -> Iterator[str]:
    """Cells that a spreadsheet would run."""
    bodies = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.invalid")', "SUM(A1:A9)", "WEBSERVICE(1)", "IMPORTXML(1)", "DDE(1)")
    yield from (first + body for first in ("=", "+", "-", "@", "\t=", "\r=", "|", "＝") for body in bodies)


def commands() -> Iterator[str]:
    """What a shell or a database would take as more than a word."""
    verbs = ("id", "sleep 9", "cat /etc/passwd")
    yield from (form.format(verb) for verb in verbs for form in (
        "; {}", "| {}", "|| {}", "& {}", "&& {}", "`{}`", "$({})", "\n{}\n", "a;{} #", "'; {}; '", '"; {}; "', "a%0a{}", "--output={}", "-o {}"))
    yield from ("' OR 1=1 --", "1; DROP TABLE modelops_event", "' UNION SELECT 1,2 --", "1 AND SLEEP(9)", "pg_sleep(9)", "'; COPY x TO '/tmp/x'; --",
                "ATTACH DATABASE 'x' AS y", "x'||(SELECT 1)||'", "%' OR '1'='1", "1/**/OR/**/1", "admin'--", "\\'; --", "0xBAD", "char(39)")
