//! What a browser calls itself, said in the words of its owner: `iPhone · WeChat`.

/// System and browser, as far as they can be told; none for something unknown.
pub fn name(user_agent: &str) -> Option<String> {
    let first = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|k| k.1);
    let system = first(&[
        ("HarmonyOS", "HarmonyOS"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    // In this order: most browsers also name those they are like.
    let browser = first(&[
        ("MicroMessenger", "WeChat"),
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("HuaweiBrowser", "Huawei"),
        ("MiuiBrowser", "Mi"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    match (system, browser) {
        (Some(system), Some(browser)) => Some(format!("{system} · {browser}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_device_is_named_by_its_system_and_browser() {
        for (agent, wanted) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                Some("iPhone · Safari"),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile Safari/537.36 MicroMessenger/8.0",
                Some("Android · WeChat"),
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", Some("Windows · Edge")),
            ("curl/8.5.0", Some("curl")),
            ("", None),
        ] {
            assert_eq!(name(agent).as_deref(), wanted);
        }
    }
}
