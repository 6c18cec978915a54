use super::*;

fn seen(text: &str) -> (String, Vec<String>) {
    let (visible, hiders) = visible(text);
    (visible.into_owned(), hiders.into_iter().collect())
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
    assert_eq!(seen("[um_loggedin]x[/um_loggedin]").1, ["the shortcode [um_loggedin]"]);
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
        "[is_not_paid]x[/is_not_paid]",
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
    assert_eq!(take_out(&mut item).len(), 1);
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
}
