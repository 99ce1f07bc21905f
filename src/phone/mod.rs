//! The phone without a network. A service worker shows a page that holds nobody's data, and what a broker sends meanwhile is kept on the phone, encrypted:
//! check-ins and new prospects, each with the id it got at the tap. When the server answers again, pages send it (`assets/kept.js`), as often as it takes:
//! the id makes it one. What is taken in and what is refused is said in JSON, so that a portal's page or a sign-in page is no answer.

pub mod pages;
