//! Our own line icons: a 24 px grid, strokes of 1.75 in the text's colour, hidden from screen readers because a
//! word always stands beside them.

use maud::{Markup, html};

/// One icon of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Today,
    People,
    PersonAdd,
    Bank,
    Map,
    Calendar,
    Clock,
    Check,
    Alert,
    Question,
    Phone,
    Message,
    Mail,
    Gear,
    Upload,
    Download,
    List,
    Shield,
    Search,
    Chevron,
    Plus,
    Undo,
    Redo,
    SignOut,
    Pin,
    Copy,
    Pencil,
    Menu,
    Funnel,
    Inbox,
}

impl Icon {
    /// Every icon, for the tests and the gallery.
    pub const ALL: [Icon; 30] = [
        Icon::Today,
        Icon::People,
        Icon::PersonAdd,
        Icon::Bank,
        Icon::Map,
        Icon::Calendar,
        Icon::Clock,
        Icon::Check,
        Icon::Alert,
        Icon::Question,
        Icon::Phone,
        Icon::Message,
        Icon::Mail,
        Icon::Gear,
        Icon::Upload,
        Icon::Download,
        Icon::List,
        Icon::Shield,
        Icon::Search,
        Icon::Chevron,
        Icon::Plus,
        Icon::Undo,
        Icon::Redo,
        Icon::SignOut,
        Icon::Pin,
        Icon::Copy,
        Icon::Pencil,
        Icon::Menu,
        Icon::Funnel,
        Icon::Inbox,
    ];

    fn path(self) -> &'static str {
        match self {
            Icon::Today => {
                "M12 7.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8"
            }
            Icon::People => {
                "M9 4a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 20c.3-3.8 2.9-6 6.5-6s6.2 2.2 6.5 6M15.5 4.300a3.5 3.5 0 0 1 0 6.400M18 14.600c2 .8 3.3 2.7 3.5 5.4"
            }
            Icon::PersonAdd => {
                "M10 4a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM3 20c.3-3.8 3-6 7-6 1.6 0 3 .3 4.1 1M18 14v7M14.5 17.500h7"
            }
            Icon::Bank => "M3 9.5 12 4l9 5.500M4 9.500h16M6 12.500v5M10 12.500v5M14 12.500v5M18 12.500v5M3 20.500h18",
            Icon::Map => "m3 6.5 6-2.5 6 2.5 6-2.500v13.500l-6 2.5-6-2.5-6 2.500zM9 4v13.500M15 6.500V20",
            Icon::Calendar => {
                "M4 6.500A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.500v12a1.5 1.5 0 0 1-1.5 1.500h-13A1.5 1.5 0 0 1 4 18.500zM4 10h16M8 3v4M16 3v4"
            }
            Icon::Clock => "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.500V12l3 2.5",
            Icon::Inbox => "M4 13.500 6.500 5h11L20 13.500V19H4zM4 13.500h4.500L10 16h4l1.500-2.500H20",
            Icon::Check => "m4.5 12.5 5 5L19.5 7",
            Icon::Alert => "M12 4 2.8 20h18.400zM12 10v4.500M12 17.200v.1",
            Icon::Question => {
                "M12 3.500a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM9.6 9.600a2.450 2.450 0 1 1 3.6 2.200c-.8.4-1.2.9-1.2 1.900M12 16.600v.1"
            }
            Icon::Phone => {
                "M5 4h3.500l1.7 4.3-2.2 1.500a11.5 11.5 0 0 0 6.2 6.200l1.5-2.200L20 15.500V19a1.5 1.5 0 0 1-1.6 1.500C10.7 20 4 13.3 3.5 5.600A1.5 1.5 0 0 1 5 4z"
            }
            Icon::Message => "M4 5.500h16v11.500h-8.500L7 20.500V17H4zM8 9.500h8M8 13h5",
            Icon::Mail => "M3.5 5.500h17v13h-17zM3.5 7l8.5 6.500L20.5 7",
            Icon::Gear => {
                "M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM12 2.800v3M12 18.200v3M4 7.400l2.6 1.500M17.4 15.100l2.6 1.500M4 16.600l2.6-1.500M17.4 8.9 20 7.400M12 5.800a6.2 6.2 0 1 1 0 12.4 6.2 6.2 0 0 1 0-12.400z"
            }
            Icon::Upload => "M12 15.500V4M7.5 8 12 3.5 16.5 8M4 15v5h16v-5",
            Icon::Download => "M12 3.500V15M7.5 11 12 15.5 16.5 11M4 15.500v4.500h16v-4.5",
            Icon::List => "M8.5 6.500H20M8.5 12H20M8.5 17.500H20M4 6.500h.1M4 12h.1M4 17.500h.1",
            Icon::Shield => "M12 3.5 4.5 6v5.500c0 4.6 3 7.7 7.5 9.5 4.5-1.8 7.5-4.9 7.5-9.500V6zM8.5 12l2.5 2.5 4.5-5",
            Icon::Search => "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 20.5 20.5",
            Icon::Chevron => "m9.5 5.5 6.5 6.5-6.5 6.5",
            Icon::Plus => "M12 4.500v15M4.5 12h15",
            Icon::Undo => "M8.5 5 4 9.5 8.5 14M4.5 9.500H14a5 5 0 0 1 0 10H8.5",
            Icon::Redo => "M15.5 5 20 9.5 15.5 14M19.5 9.500H10a5 5 0 0 0 0 10h5.500",
            Icon::SignOut => "M14 4H5v16h9M10 12h10.500M17 8l4 4-4 4",
            Icon::Pin => {
                "M12 3.500a6.5 6.5 0 0 1 6.5 6.500c0 4.5-6.5 10.5-6.5 10.500S5.5 14.5 5.5 10A6.5 6.5 0 0 1 12 3.500zM12 7.700a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.600z"
            }
            Icon::Copy => "M8.5 8.500h11.500V20H8.500zM5.5 15.500H4V4h11.500v1.5",
            Icon::Pencil => "m4 20 .8-4L16.5 4.300l3.2 3.200L8 19.200zM14 6.800l3.2 3.2",
            Icon::Menu => "M4 7h16M4 12h16M4 17h16",
            Icon::Funnel => "M4 5h16l-6.500 7.500V19l-3 1.500v-8z",
        }
    }
}

/// The icon at its usual size.
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
            stroke-linejoin="round" aria-hidden="true" focusable="false" { path d=(icon.path()); }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_hidden_from_screen_readers_and_takes_the_colour_of_the_text() {
        for one in Icon::ALL {
            let svg = icon(one).into_string();
            assert!(svg.contains("aria-hidden=\"true\""), "{one:?}");
            assert!(svg.contains("currentColor"), "{one:?}");
            assert!(!svg.contains("style="), "{one:?}");
        }
    }
}
