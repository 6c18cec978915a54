use super::{KRAMDOWN, MDX, OBSIDIAN, convert};

fn text(source: &str) -> String {
    let converted = convert(source, 1, None);
    assert!(converted.complaints.is_empty(), "{:?}", converted.complaints);
    converted.text
}

#[test]
fn known_liquid_becomes_markdown() {
    for (source, expected) in [
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("a {%- raw -%} {% y %} {%- endraw -%} b", "a  {% y %}  b"),
        ("`{% raw %}{{ x }}{% endraw %}`", "`{{ x }}`"),
        (
            "{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}",
            "\n```ruby\nputs 1\n```\n",
        ),
        (
            "{% highlight md %}```\na\n```{% endhighlight %}",
            "\n````md\n```\na\n```\n````\n",
        ),
        ("[x]({% post_url 2020-01-31-a-post %})", "[x](/a-post)"),
        ("![x]({{ site.baseurl }}/a.png) {{site.url}}", "![x](/a.png) "),
        ("[x]({{ \"/about\" | relative_url }})", "[x](/about)"),
        ("[x](y){:target=\"_blank\"} z", "[x](y) z"),
        ("a\n{: .note #b}\nc\n", "a\nc\n"),
        ("{% comment %}x{% endcomment %}y", "y"),
        (
            "{% youtube \"abc_-1\" %}",
            "<figure class=\"video\"><a href=\"https://www.youtube.com/watch?v=abc_-1\">https://www.youtube.com/watch?v=abc_-1</a></figure>",
        ),
    ] {
        assert_eq!(text(source), expected, "{source}");
    }
}

#[test]
fn known_shortcodes_become_markdown() {
    for (source, expected) in [
        (
            "{{< figure src=\"a.png\" alt=\"An \\\"A\\\"\" caption=\"x < y\" >}}",
            "<figure><img src=\"a.png\" alt=\"An &quot;A&quot;\"><figcaption>x &lt; y</figcaption></figure>",
        ),
        (
            "{{< figure\n  src=\"a.png\"\n  link=\"/b\"\n>}}",
            "<figure><a href=\"/b\"><img src=\"a.png\" alt=\"\"></a></figure>",
        ),
        (
            "{{< highlight go \"linenos=table\" >}}\nx := 1\n{{< /highlight >}}",
            "\n```go\nx := 1\n```\n",
        ),
        (
            "[x]({{< ref \"post.md\" >}}) [y]({{% relref path=\"p\" %}})",
            "[x](post.md) [y](p)",
        ),
        (
            "{{< vimeo 123 >}}",
            "<figure class=\"video\"><a href=\"https://vimeo.com/123\">https://vimeo.com/123</a></figure>",
        ),
        (
            "{{ youtube(id=\"abc\") }}",
            "<figure class=\"video\"><a href=\"https://www.youtube.com/watch?v=abc\">https://www.youtube.com/watch?v=abc</a></figure>",
        ),
    ] {
        assert_eq!(text(source), expected, "{source}");
    }
}

#[test]
fn braces_that_are_no_template_stay() {
    for source in [
        "{ x }",
        "{{",
        "{{}}",
        "{%",
        "{% %}",
        "`{{ x }}` {:",
        "```\n{{ x }} {% include y %} {:z}\n```\n",
        "{{ 1 + 1 }}",
        "a {:) b",
        "## A {#id}",
    ] {
        assert_eq!(text(source), source);
    }
}

#[test]
fn unknown_tags_stay_as_text_and_are_told_of_once() {
    let converted = convert(
        "a\n{{< tweet 1 >}}\n{{< tweet 2 >}}\n{% include_x \"*\" %}\n{{ page.title }}\n{{ chart(x=1) }}\n",
        10,
        None,
    );
    assert_eq!(
        converted.text,
        "a\n{{\\< tweet 1 \\>}}\n{{\\< tweet 2 \\>}}\n{% include\\_x \"\\*\" %}\n{{ page.title }}\n{{ chart(x=1) }}\n"
    );
    let lines = converted.complaints.iter().map(|(line, _)| *line).collect::<Vec<_>>();
    assert_eq!(lines, [11, 13, 14, 15], "{:?}", converted.complaints);
    assert!(converted.complaints[0].1.contains("\"tweet\""));
}

#[test]
fn a_video_with_a_strange_id_stays_as_text() {
    let converted = convert("{{< youtube \"x\\\" onclick=\\\"y\" >}}", 1, None);
    assert!(!converted.text.contains("<figure"), "{}", converted.text);
    assert_eq!(converted.complaints.len(), 1);
}

#[test]
fn mdx_keeps_modules_and_components_as_text() {
    let source = "import A from '../a.astro';\n\n# Title\n\n<A client:load>\n*text* <b>x</b> `<B />`\n</A>\n\nimport is a word\n\n```jsx\n<C />\n```\n";
    let converted = convert(source, 5, Some(MDX));
    assert_eq!(
        converted.text,
        "import A from '../a.astro';\n\n# Title\n\n\\<A client:load>\n*text* <b>x</b> `<B />`\n\\</A>\n\nimport is a word\n\n```jsx\n<C />\n```\n"
    );
    let lines = converted.complaints.iter().map(|(line, _)| *line).collect::<Vec<_>>();
    assert_eq!(lines, [5, 9], "{:?}", converted.complaints);
}

#[test]
fn tangled_templates_are_read_in_linear_time() {
    for pattern in [
        "{{",
        "{%",
        "{{<",
        "{% highlight x %}",
        "{% raw %}",
        "{:",
        "{{ x",
        "`",
        "{% endraw",
        "{{< highlight >}}",
        "{% comment %}\n",
        "{% if false %}",
        "{% if false %}{% else %}",
        "{% if true %}{% endfor %}",
        "{# ",
        "{% # ",
    ] {
        let source = pattern.repeat(200_000 / pattern.len());
        let _ = convert(&source, 1, None);
        let _ = convert(&source.replace('{', "<A "), 1, Some(MDX));
    }
}

#[test]
fn comments_of_authors_are_left_out_but_for_code() {
    for (source, comments, expected) in [
        ("a {/* SECRET */} b\n{/*\nSECRET\n*/}\nc", MDX, "a  b\n\n\n\nc"),
        ("`{/* x */}` {/* SECRET", MDX, "`{/* x */}` "),
        ("a %%SECRET%% b `%%x%%`", OBSIDIAN, "a  b `%%x%%`"),
        ("a {::comment}SECRET{:/comment} b", KRAMDOWN, "a  b"),
        ("a\n{::comment}\nSECRET\n{:/}\nb", KRAMDOWN, "a\n\n\n\nb"),
    ] {
        assert_eq!(convert(source, 1, Some(comments)).text, expected, "{source}");
    }
    assert_eq!(text("a{{< comment >}}SECRET{{< /comment >}}b"), "ab");
    let many = "{/*".repeat(100_000);
    assert_eq!(convert(&many, 1, Some(MDX)).text, "");
}

#[test]
fn a_branch_of_a_constant_condition_that_is_not_shown_is_left_out() {
    for (source, expected) in [
        ("a {% if false %}SECRET{% endif %}b", "a b"),
        ("a {%- if false -%}SECRET{%- endif -%}b", "a b"),
        ("a {% if nil %}SECRET{% else %}x{% endif %}b", "a xb"),
        ("a {% if true %}x{% else %}SECRET{% endif %}b", "a xb"),
        (
            "a {% if true %}x{% elsif y %}SECRET{% else %}SECRET{% endif %}b",
            "a xb",
        ),
        ("a {% unless true %}SECRET{% endunless %}b", "a b"),
        ("a {% if false and page.x %}SECRET{% endif %}b", "a b"),
        (
            "a {% if false %}SECRET{% if true %}SECRET{% endif %}SECRET{% endif %}b",
            "a b",
        ),
        (
            "a {% if true %}x{% if false %}SECRET{% endif %}y{% else %}SECRET{% endif %}b",
            "a xyb",
        ),
        (
            "a {% if false %}{% for i in l %}SECRET{% else %}SECRET{% endfor %}SECRET{% endif %}b",
            "a b",
        ),
        (
            "a {% if false %}{% raw %}{% endif %}{% endraw %}SECRET{% endif %}b",
            "a b",
        ),
        ("a {% if false %}SECRET `code` {{ x }}", "a "),
        ("`{% if false %}`x`{% endif %}`", "`{% if false %}`x`{% endif %}`"),
        ("a {# SECRET #}b", "a b"),
        ("a {#- SECRET\n-#}b", "a b"),
        ("a {% # SECRET %}b", "a b"),
        ("# Title {#id}", "# Title {#id}"),
        ("`{# x #}`", "`{# x #}`"),
    ] {
        let converted = convert(source, 1, None);
        assert_eq!(converted.text, expected, "{source}");
        assert_eq!(converted.complaints, [], "{source}");
    }
}

#[test]
fn a_condition_that_cannot_be_known_stays_and_is_told_of() {
    for source in [
        "{% if page.x %}a{% else %}b{% endif %}",
        "{% if false or page.x %}a{% endif %}",
        "{% if false %}SECRET{% elsif page.x %}a{% endif %}",
        "{% case x %}{% when false %}a{% endcase %}",
    ] {
        let converted = convert(source, 1, None);
        assert!(converted.text.contains('a'), "{source}: {}", converted.text);
        assert!(!converted.text.contains("SECRET"), "{source}: {}", converted.text);
        assert!(!converted.complaints.is_empty(), "{source}");
    }
}
