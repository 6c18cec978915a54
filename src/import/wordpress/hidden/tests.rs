use super::*;

fn seen(text: &str) -> (String, Vec<String>) {
    seen_with(text, &[])
}

/// What readers see of a text, and what hid the rest, if these shortcodes are shown.
fn seen_with(text: &str, shown: &[&str]) -> (String, Vec<String>) {
    let shown: Vec<String> = shown.iter().map(|&name| name.to_owned()).collect();
    let (visible, cuts) = visible(text, &shown.iter().collect());
    (visible.into_owned(), cuts.hiders.into_iter().collect())
}

/// Shortcodes that plugins and snippets hide with, most of them in no table.
#[rustfmt::skip]
const HIDING: &[&str] = &[
    "access_level", "accessally", "accessally_has_any_tag", "acm_gate", "acme", "alumni", "arm_membership",
    "armember_only", "bought", "club_area", "code_access", "course_content", "cp_members", "crew_box",
    "customer-only", "download_gate", "ds_lock", "edd_has_purchased", "email_locker", "enrolled", "exclusive", "fans",
    "follower_only", "for_members", "gold_section", "group_access", "has_access", "have_paid", "hide_from_public",
    "i4w_haspass", "if-user-role", "ifmember", "inner_circle", "intranet", "is_member", "is_vip", "ismember",
    "ld_student", "ldx", "learndash_enrolled", "level2_content", "lms_access", "lock", "login_only", "login-required",
    "login_to_read", "mbr_only", "memb_has_any_tag", "memb_has_membership", "memberium", "memberpress_only",
    "member-message", "mitglieder", "my_private", "myclub", "myth_notes", "nur_für_mitglieder", "onlymembers",
    "optin_lock", "paid_content", "patrons_only", "pay_to_read", "paywall", "pmpro_only", "ppp_content", "premium",
    "pro_content", "purchased", "register-only", "registered_users", "reply_to_view", "restricted_area",
    "role_content", "s2member_only", "show_if", "show_to_user", "social-locker", "sociallocker", "staff",
    "subscribe_to_unlock", "supporters", "tag", "teachers", "thrive_lead_lock", "unlock_content", "user_has_role",
    "user_only", "user-is-logged-in", "userreading", "view_level", "vip", "visitor_no", "woocommerce_purchased",
    "wp_fusion", "wpf", "wpf_tag", "wpfusion", "wpmem_form_only", "xyz", "zweig", "会员", "18+",
];

/// Shortcodes of WordPress, page builders, themes and other plugins that show what they enclose.
#[rustfmt::skip]
const SHOWING: &[&str] = &[
    "abbr", "accordion", "accordion-item", "accordion_content", "alert", "aligncenter", "audio", "av_one_half",
    "av_textblock", "b", "bg_collapse", "blockquote", "box", "button", "callout", "caption", "card", "center",
    "citation", "clear", "code", "col", "col_inner", "collapse", "collapsibles", "color", "column", "columns",
    "contact-field", "contact-form", "content_box", "contentbox", "dropcap", "dropdown", "drop_cap", "dt_quote",
    "efn_note", "embed", "et_pb_column", "et_pb_row", "et_pb_section", "et_pb_text", "expand", "faq", "featured_box",
    "five_sixth", "fn", "footnote", "fullwidth", "fusion_builder_column", "fusion_builder_container",
    "fusion_checklist", "fusion_li_item", "fusion_text", "fusion_toggle", "gallery", "grid", "heading",
    "hide_on_mobile", "highlight", "icon-box", "iconBox", "iframe", "image", "info", "infobox", "interview",
    "jumbotron", "kc_column", "lang", "latex", "lead", "lightbox", "list-group-item", "map", "mfn", "mk_fancy_title",
    "mobile", "modal", "nectar_btn", "one_fourth", "one_half", "one_half_last", "onehalf", "panel", "person", "php",
    "playlist", "poem", "popover", "pricing_column", "pricing_table", "progress-bar", "pullquote", "pullquote-left",
    "python", "quote", "raw", "read_more", "recipe", "recipe-ingredients", "ref", "row", "row_inner", "section",
    "section_start", "separator", "show_more", "sidebar", "sidenote", "slide", "slider", "small", "sourcecode",
    "span", "spoiler", "su_accordion", "su_box", "su_column", "su_note", "su_quote", "su_row", "su_spoiler",
    "su_tabs", "sup", "tab", "tab_content", "table", "tabgroup", "tabs", "td_block_text_with_title", "team_member",
    "testimonial", "text", "text_box", "three_fourth_last", "title", "tldr", "toggle", "toggle_group", "tooltip",
    "two_columns", "two_third", "url", "ux_banner", "ux_text", "vc_column", "vc_column_inner", "vc_column_text",
    "vc_custom_heading", "vc_message", "vc_row", "vc_row_inner", "vc_tta_accordion", "vc_tta_section", "verse",
    "video", "warning", "wc_box", "wc_column", "wc_toggle", "wp_caption", "x_section", "youtube",
];

#[test]
fn text_in_a_shortcode_goes_unless_everyone_saw_it() {
    for name in HIDING {
        for text in [
            format!("a[{name}]SECRET[/{name}]b"),
            format!("a[{name} tag=\"1,2\" operator=\"[x]\"]SECRET [{name}]SECRET[/{name}] SECRET[/{name}]b"),
            format!("a[{name} x=1][vc_row][vc_column]SECRET[/vc_column][/vc_row]\n[{name} /]SECRET[/{name}]b"),
            format!(
                "a<!-- wp:shortcode -->[{name}]<!-- /wp:shortcode -->SECRET<!-- wp:shortcode -->[/{name}]<!-- /wp:shortcode -->b"
            ),
        ] {
            let (visible, hiders) = seen(&text);
            assert!(!visible.contains("SECRET"), "{text}: {visible}");
            assert!(visible.starts_with('a') && visible.ends_with('b'), "{text}: {visible}");
            assert!(
                hiders.len() == 1 && hiders[0].contains(&format!("[{name}]")),
                "{hiders:?}"
            );
        }
        for text in [
            format!("a [{name} x=1] b"),
            format!("a [{name} /] b [/{name}]"),
            format!("a [{name}] [/{name}] b"),
        ] {
            assert_eq!(seen(&text), (text.clone(), Vec::new()));
        }
    }
}

#[test]
fn text_in_a_shortcode_that_everyone_saw_stays() {
    for name in SHOWING {
        for text in [
            format!("a [{name}]x[/{name}] b"),
            format!(
                "a [{name} id=\"1\" title=\"Members and access\" class='x']x [{name}]y[/{name}] [{name} /] z[/{name}] b"
            ),
        ] {
            assert_eq!(seen(&text), (text.clone(), Vec::new()));
        }
        let (visible, hiders) = seen(&format!("a[{name}]x[wpf]SECRET[/wpf]y[/{name}]b"));
        assert_eq!(visible, format!("a[{name}]xy[/{name}]b"));
        assert_eq!(
            hiders,
            ["inside the unknown shortcode [wpf], which may have hidden it,"]
        );
    }
}

#[test]
fn attributes_that_hold_what_was_hidden_go_with_their_shortcode() {
    for text in [
        "a[memb_has_any_tag tagid=1 output=\"<b>SECRET</b> text\"]b",
        "a[acme_gate content='SECRET text' /]b",
        "a[passster_form password=\"SECRET\"]b",
        "a[acme][/acme][acme Output='SECRET text']b",
    ] {
        let (visible, hiders) = seen(text);
        assert!(!visible.contains("SECRET") && hiders.len() == 1, "{visible}");
    }
    let text = "a [contact-form-7 id=\"1\" title=\"Contact form\"] [su_box content=\"Some text\"] [map output=html] b";
    assert_eq!(seen(text), (text.to_owned(), Vec::new()));
}

#[test]
fn shortcodes_that_the_import_names_show_their_text() {
    let text = "a[acme_box]b[acme_row]c[/acme_row][/acme_box][acme_vip]d[/acme_vip][box roles=x]e[/box][box role=editor]f[/box]";
    let all = ["acme_box", "acme_row", "acme_vip", "box roles", "box role"];
    assert_eq!(seen_with(text, &all), (text.to_owned(), Vec::new()));
    for (shown, expected) in [
        (&[] as &[_], "a"),
        (&["Acme-Box"], "a[acme_box]b[/acme_box]"),
        (&["[acme_row]"], "a"),
        // Names that speak of an audience are to be named whole.
        (&["acme_*"], "a[acme_box]b[acme_row]c[/acme_row][/acme_box]"),
        (&["*"], "a[acme_box]b[acme_row]c[/acme_row][/acme_box]"),
        (&["acme_vip"], "a[acme_vip]d[/acme_vip]"),
        (&["box"], "a"),
        (&["box  Roles"], "a[box roles=x]e[/box]"),
    ] {
        assert_eq!(seen_with(text, shown).0, expected, "{shown:?}");
    }
    assert_eq!(
        seen_with("[private]a[/private]", &["private"]).0,
        "[private]a[/private]"
    );
    assert_eq!(seen_with("[private]a[/private]", &["*"]).0, "");
}

#[test]
fn attributes_that_name_an_audience_hide() {
    for attributes in [
        "roles='editor'",
        "role=\"editor,author\"",
        "user_role=editor",
        "access_level=2",
        "access_logged=true",
        "show_to=\"members\"",
        "visible_for='logged-in'",
        "only=\"premium users\"",
        "members_only=yes",
        "registered_only=\"yes\"",
        "hide_from=\"guests\"",
        "hide=yes",
        "visible=\"no\"",
        "visibility=\"hidden\"",
        "status=\"draft\"",
        "status=published_until publish_date=2020-01-01",
        "password=x",
        "logged_in_only",
        "users_only=yes",
        "disabled_on=\"on|on|on\"",
        "membership=gold",
    ] {
        assert_eq!(
            seen(&format!("a[vc_row {attributes}]SECRET[/vc_row]b")).0,
            "ab",
            "{attributes}"
        );
    }
    for attributes in [
        "role=\"Editor\"",
        "role='button'",
        "level=2",
        "visibility=\"hide-for-small\"",
        "hide_on_mobile=\"small-visibility,medium-visibility\"",
        "display=\"block\" show=\"3\" view=\"list\" status='published'",
        "visibility=\"visible\"",
        "user=\"ann\" username=ann",
        "logged_out=yes",
        "show_to=guests",
        "logged_in=\"\"",
        "members_only=no",
        "class=\"members only\" title='Access for members'",
        "\"Only a title\"",
        "https://example.com/members/only",
        "hide=no",
        "hide_title=yes",
        "icon_only=yes",
        "name=\"Ann\" user_name=\"ann\"",
        "disabled_on=\"on|off|off\"",
    ] {
        let text = format!("a[vc_row {attributes}]x[/vc_row]b");
        assert_eq!(seen(&text), (text.clone(), Vec::new()));
    }
}

#[test]
fn a_paywall_hides_all_that_follows() {
    let group = |inner: &str| format!("<!-- wp:group --><div>{inner}</div><!-- /wp:group --><p>SECRET</p>");
    for wall in [
        "<!-- wp:jetpack/paywall /-->",
        "<!-- wp:jetpack/paywall {\"x\":1} /-->",
        "<!-- wp:jetpack/paywall --><hr><!-- /wp:jetpack/paywall -->",
        "<!-- wp:jetpack/paywall {\"x\":1} --><div>SECRET</div><!-- /wp:jetpack/paywall -->",
        "<!-- wp:jetpack/paywall -->",
        "<!-- wp:acme/paywall /-->",
        "<!-- wp:acme/article-paywall --><div></div><!-- /wp:acme/article-paywall -->",
        "<!-- wp:acme/content-gate /-->",
        "<!-- wp:acme/members-only-divider /-->",
        "<p><!--steady-paywall--></p>",
        "___STEADY_PAYWALL___",
        "[lnpaywall amount=5]",
        "[acme_paywall]",
    ] {
        let (visible, hiders) = seen(&format!("<p>a</p>{wall}<p>SECRET</p>"));
        assert!(
            visible.starts_with("<p>a</p>") && !visible.contains("SECRET"),
            "{wall}: {visible}"
        );
        assert_eq!(hiders.len(), 1, "{wall}");
        let (visible, _) = seen(&group(&format!("<p>a</p>{wall}<p>SECRET</p>")));
        assert!(
            visible.contains("<p>a</p>") && !visible.contains("SECRET"),
            "{wall}: {visible}"
        );
        let (visible, _) = seen(&group(&group(wall)));
        assert!(!visible.contains("SECRET"), "{wall}: {visible}");
    }
    let enclosing = "a<!-- wp:acme/paywall --><p>SECRET</p><!-- /wp:acme/paywall -->b";
    assert_eq!(seen(enclosing).0, "ab");
    for text in [
        "<!-- wp:leaky-paywall/subscription-cards /-->b",
        "<!-- wp:acme/pay-button --><p>Ours</p><!-- /wp:acme/pay-button -->",
        "See the Times [paywall] and others",
    ] {
        assert_eq!(seen(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn two_shortcodes_hide_what_is_between_them() {
    for text in [
        "a[btcpw_start_content pay_block='true']SECRET[btcpw_end_content]b",
        "a[members-begin]SECRET[members-end]b",
        "a[acme_open][x]SECRET[acme_close /]b",
    ] {
        assert_eq!(seen(text).0, "ab", "{text}");
    }
    for text in [
        "a[section_start]x[section_end]b",
        "a[acme_start]x",
        "[start]x[end]",
        "x[acme_end]y[acme_start]z",
    ] {
        assert_eq!(seen(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn comments_hide_what_is_between_them() {
    for text in [
        "a<!--hide-->SECRET<!--/hide-->b",
        "a<!-- members_only -->SECRET<!-- /members_only -->b",
        "a<!--hide-->SECRET<!--/hide--><!--hide-->SECRET<!--/hide-->b",
    ] {
        assert_eq!(seen(text).0, "ab", "{text}");
    }
    for text in [
        "a<!--more-->x<!--nextpage-->y<!--noteaser-->",
        "a<!--hide-->x<!-- private note -->y<!--/private-->z",
        "a<!--box-->x<!--/box-->",
    ] {
        assert_eq!(seen(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn words_that_authors_put_in_brackets_hide_nothing() {
    for text in [
        "The [student] said that [members] were [hidden] there [private].",
        "the [guest] came; [note: this is old] and [secret]",
        "[sic] [see [note] below] [admin [x] and so on",
    ] {
        assert_eq!(seen(text), (text.to_owned(), Vec::new()));
    }
    for text in [
        "[sic [private]SECRET[/private]",
        "[admin [wpf]SECRET[/wpf]",
        "[[wpf]SECRET[/wpf]",
        "[[wpf]] SECRET[/wpf]",
    ] {
        assert!(!seen(text).0.contains("SECRET"), "{text}");
    }
}

#[test]
fn blocks_of_plugins_for_members_go() {
    for name in [
        "wp-fusion/secure",
        "memberium/x",
        "accessally/x",
        "wishlist-member/x",
        "memberdash/x",
        "restrict-content-pro/x",
        "acme/enrolled",
        "acme/registered-users",
    ] {
        assert_eq!(
            seen(&format!("a<!-- wp:{name} -->SECRET<!-- /wp:{name} -->b")).0,
            "ab",
            "{name}"
        );
    }
    for name in [
        "premium/heading",
        "kadence/rowlayout",
        "acme/customer-reviews",
        "members/non-member",
        "acme/user-profile",
        "acme/access-map",
        "acme/students-say",
    ] {
        let text = format!("a<!-- wp:{name} -->x<!-- /wp:{name} -->b");
        assert_eq!(seen(&text), (text.clone(), Vec::new()));
    }
}

#[test]
fn texts_in_values_lose_what_was_hidden() {
    let mut hidden = Hidden::default();
    let mut value = serde_json::json!({"a": ["x[wpf]SECRET[/wpf]", 1, null], "b": "[box]y[/box]"});
    hidden.take_out_of_value("custom field \"c\"", &mut value, &ShownShortcodes::default());
    assert_eq!(value, serde_json::json!({"a": ["x", 1, null], "b": "[box]y[/box]"}));
    assert_eq!(
        hidden.remarks,
        ["a part of its custom field \"c\" inside the unknown shortcode [wpf], which may have hidden it, was left out"]
    );
    assert_eq!(hidden.doubtful, ["wpf".to_owned()].into());
}

#[test]
fn what_a_shortcode_hid_goes_and_is_named() {
    for hidden in [
        "[um_loggedin]SECRET[/um_loggedin]",
        "[restrict paid=\"true\"]SECRET [b] [/restrict]",
        "[Members_Only]SECRET[/MEMBERS_ONLY ]",
        "[s2If current_user_can(access_s2member_level1)]SECRET[/s2If]",
        "[_s2If x]SECRET[/_s2If]",
        "[membership level=\"1,2\"]SECRET[/membership]",
        "[mepr-show if=\"rule: 3\"]SECRET[/mepr-show]",
        "[private]a[private]SECRET[/private]SECRET[/private]",
        "[private [private]SECRET[/private]",
        "[private#Gold]SECRET[/private]",
        "[vc_row disable_element=\"yes\"][vc_column]SECRET[/vc_column][/vc_row]",
        "[et_pb_section disabled_on=\"on|on|on\"]SECRET[/et_pb_section]",
        "[box roles='editor']SECRET[/box]",
        "[acme-if-subscribed]SECRET[/acme-if-subscribed]",
        "[acmeLoggedIn]SECRET[/acmeLoggedIn]",
        "[show_to_members]<p>SECRET</p>\n\n<b>SECRET</b>[/show_to_members]",
    ] {
        let (visible, hiders) = seen(&format!("before {hidden} after"));
        assert_eq!(visible, "before  after", "{hidden}");
        assert_eq!(hiders.len(), 1, "{hidden}");
    }
    assert_eq!(
        seen("[um_loggedin]x[/um_loggedin]").1,
        ["that the shortcode [um_loggedin] hid from readers"]
    );
}

#[test]
fn a_known_shortcode_that_is_never_closed_hides_the_rest() {
    assert_eq!(seen("a [wlm_private \"Gold\"] SECRET").0, "a ");
    assert_eq!(seen("a [private] SECRET [private] SECRET [/private] b").0, "a  b");
    assert_eq!(seen("a [um_loggedin /] b").0, "a [um_loggedin /] b");
    assert_eq!(seen("a [acme_members] b").0, "a [acme_members] b");
}

#[test]
fn what_visitors_saw_stays_without_the_brackets() {
    for shown in [
        "[um_loggedout]x[/um_loggedout]",
        "[membership level=\"0\"]x[/membership]",
        "[mepr-active ifallowed=\"hide\"]x[/mepr-active]",
        "[s2If !is_user_logged_in()]x[/s2If]",
        "[content_control status=\"logged_out\"]x[/content_control]",
    ] {
        assert_eq!(seen(shown), ("x".to_owned(), Vec::new()), "{shown}");
    }
    let between = "[um_loggedout]x [um_loggedin]SECRET[/um_loggedin][/um_loggedout]";
    assert_eq!(seen(between).0, "x ");
}

#[test]
fn what_hides_nothing_stays_to_the_letter() {
    for text in [
        "[gallery ids=\"1\"] [caption]x[/caption] [embed]x[/embed]",
        "[team_member name=\"A\"]x[/team_member]",
        "[[private]x[/private]] [[private]]",
        "[heading level=\"2\"]x[/heading] [row hide_on_mobile=\"yes\"]x[/row]",
        "[box access=\"all\" roles=\"\"]x[/box]",
        "a [1] [sic] [] [ [/ [/x] ] é[é",
        "<!-- wp:group {\"metadata\":{\"blockVisibility\":true}} --><p>x</p><!-- /wp:group -->",
    ] {
        assert_eq!(seen(text), (text.to_owned(), Vec::new()));
    }
}

#[test]
fn hidden_blocks_go_with_what_is_in_them() {
    for attributes in [
        r#"{"metadata":{"blockVisibility":false}}"#,
        r#"{"metadata":{"blockVisibility":{"viewport":{"mobile":false,"tablet":false,"desktop":false}}}}"#,
        r#"{"metadata":{"blockVisibility":{"users":{"roles":["editor"]}}}}"#,
        r#"{"blockVisibility":{"hideBlock":true}}"#,
        r#"{"blockVisibility":{"controlSets":[{"id":1,"enable":true,"controls":{"userRole":{"visibilityByRole":"logged-in"}}}]}}"#,
        r#"{"blockVisibility":{"controlSets":[{"id":1,"controls":{"dateTime":{"schedules":[{"enable":true,"end":"2020-01-01"}]}}}]}}"#,
        r#"{"otterConditions":[[{"type":"loggedInUser"}]]}"#,
        r#"{"contentControls":{"enabled":true,"rules":{"userStatus":"logged_in"}}}"#,
        r#"{"llms_visibility":"enrolled"}"#,
        r#"{"um_is_restrict":true,"um_who_access":"1"}"#,
        r#"{"blockPermissionsCondition":"role"}"#,
        r#"{"metadata":{"blockVisibility":false},broken"#,
    ] {
        for name in ["paragraph", "acme/box"] {
            let block = format!(
                "<!-- wp:{name} {attributes} -->SECRET<!-- wp:group -->SECRET<!-- /wp:group --><!-- /wp:{name} -->"
            );
            assert_eq!(seen(&format!("a{block}b")).0, "ab", "{block}");
        }
        assert_eq!(seen(&format!("a<!-- wp:image {attributes} /-->b")).0, "ab");
        assert_eq!(seen(&format!("a<!-- wp:group {attributes} -->SECRET")).0, "a");
    }
    for name in [
        "memberpress/protected-content",
        "pmpro/membership",
        "jetpack/premium-content/subscriber-view",
    ] {
        let (visible, hiders) = seen(&format!("a<!-- wp:{name} -->SECRET<!-- /wp:{name} -->b"));
        assert_eq!((visible.as_str(), hiders.len()), ("ab", 1), "{name}");
    }
}

#[test]
fn blocks_that_some_screens_or_visitors_showed_stay() {
    for attributes in [
        r#"{"metadata":{"blockVisibility":{"viewport":{"mobile":false,"tablet":true,"desktop":true}}}}"#,
        r#"{"blockVisibility":{"hideBlock":false,"controlSets":[]}}"#,
        r#"{"blockVisibility":{"controlSets":[{"id":1,"enable":true,"controls":{"screenSize":{"hideOnScreenSize":{"small":true}}}}]}}"#,
        r#"{"blockVisibility":{"controlSets":[{"id":1,"enable":false,"controls":{"userRole":{"visibilityByRole":"logged-in"}}}]}}"#,
        r#"{"blockVisibility":{"controlSets":[{"id":1,"enable":true,"controls":{"userRole":{"visibilityByRole":"logged-out"}}}]}}"#,
        r#"{"llms_visibility":"all","iconVisibility":true,"visibilityMobile":false,"accessToken":"x"}"#,
    ] {
        let block = format!("<!-- wp:group {attributes} -->x<!-- /wp:group -->");
        assert_eq!(seen(&block), (block.clone(), Vec::new()));
    }
    let jetpack = "<!-- wp:jetpack/premium-content/container --><!-- wp:jetpack/premium-content/logged-out-view -->x\
                   <!-- /wp:jetpack/premium-content/logged-out-view --><!-- /wp:jetpack/premium-content/container -->";
    assert_eq!(seen(jetpack).0, jetpack);
}

#[test]
fn what_blocks_and_shortcodes_hide_together_goes_whole() {
    let text = "a[um_loggedin]<!-- wp:group {\"metadata\":{\"blockVisibility\":false}} -->SECRET[/um_loggedin]SECRET<!-- /wp:group -->b";
    assert_eq!(seen(text).0, "ab");
    let text = "a<!-- wp:shortcode -->[um_loggedin]<!-- /wp:shortcode -->SECRET<!-- wp:shortcode -->[/um_loggedin]<!-- /wp:shortcode -->b";
    assert_eq!(seen(text).0, "a<!-- wp:shortcode --><!-- /wp:shortcode -->b");
}

#[test]
fn footnotes_of_what_was_hidden_go_too() {
    let note = |id: &str| format!("{{\"id\":\"{id}\",\"content\":\"note {id}\"}}");
    let mut item = Item {
        content: "<p>x<sup data-fn=\"a\"></sup></p>[private]<sup data-fn=\"b\"></sup>[/private]".to_owned(),
        meta: vec![("footnotes".to_owned(), format!("[{},{}]", note("a"), note("b")))],
        ..Item::default()
    };
    assert_eq!(take_out(&mut item, &ShownShortcodes::default()).remarks.len(), 1);
    assert!(item.meta[0].1.contains("note a") && !item.meta[0].1.contains("note b"));
}

#[test]
fn any_input_takes_linear_time() {
    for piece in [
        "[",
        "[private",
        "[private ",
        "[private]",
        "[/private]",
        "[[private]",
        "[private [private]x",
        "[acme_members]",
        "[a b=1]",
        "[a roles=x]",
        "[a roles=x][/a]",
        "[private][/a]",
        "[a]",
        "[a][/a]",
        "[/a][a",
        "[a ",
        "[a/]",
        "[é]",
        "[é][/é]",
        "[a_start]",
        "[a_end",
        "[a_start][a_end]",
        "[tabgroup]",
        "<!-- wp:members/a -->",
        "<!-- wp:a/gate -->",
        "<!--hide-->",
        "<!--/hide-->",
        "<!--hide--><!--/hide-->",
        "[/",
        "<!-- wp:a {\"visibility\":1} -->",
        "<!-- wp:acme/private -->",
        "<!-- /wp:acme/private -->",
    ] {
        let text = piece.repeat(60_000 / piece.len());
        assert!(seen(&text).0.len() <= text.len());
        assert!(seen(&(text + "]")).0.len() <= 60_001);
    }
    let nested = "[private]".to_owned() + &"[private ".repeat(6_000) + "] [/private]";
    assert!(seen(&nested).0.is_empty());
    for (open, close) in [
        ("[a ", "/] [/a]"),
        ("[a ", "[/a]"),
        ("[a]", "[/a]"),
        ("[a_start]", "[a_end]"),
    ] {
        let text = open.repeat(20_000) + close;
        assert!(seen(&text).0.len() <= text.len());
    }
}
