//! A mail server that does as it is told: refuses, hangs, cuts the connection. One thread a connection.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What to do with the next connection or mail; without any, everything is taken.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Take it.
    Take,
    /// Greet with this line and close.
    Greet(&'static str),
    /// Answer AUTH so.
    Auth(&'static str),
    /// Answer RCPT so.
    Rcpt(&'static str),
    /// Answer the final dot so.
    Dot(&'static str),
    /// Take the mail and never say so.
    HangAfterDot,
    /// Take the mail and close without a word.
    CutAfterDot,
    /// Close at MAIL FROM.
    CutAtMail,
}

/// A mail that came whole, answered or not.
#[derive(Clone, Debug)]
pub struct Received {
    pub to: String,
    pub data: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        self.data.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default()
    }
}

#[derive(Default)]
struct Shared {
    script: VecDeque<Step>,
    received: Vec<Received>,
}

/// The server; it goes with the test's process.
#[derive(Clone)]
pub struct Server {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

impl Server {
    pub fn start(script: &[Step]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared { script: script.iter().copied().collect(), received: Vec::new() }));
        let server = Server { port, shared };
        let this = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let this = this.clone();
                std::thread::spawn(move || drop(this.talk(stream)));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub fn url_with_login(&self) -> String {
        format!("smtp://bank%40side:p%3Ass@127.0.0.1:{}", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.shared.lock().unwrap().received.clone()
    }

    /// The next step, if it is of this place.
    fn next_if(&self, here: impl Fn(Step) -> bool) -> Option<Step> {
        let mut shared = self.shared.lock().unwrap();
        if shared.script.front().is_some_and(|step| here(*step)) { shared.script.pop_front() } else { None }
    }

    fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let mut out = stream.try_clone()?;
        let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes());
        if let Some(Step::Greet(line)) = self.next_if(|step| matches!(step, Step::Greet(_))) {
            say(line)?;
            return stream.shutdown(Shutdown::Both);
        }
        say("220 test")?;
        let (mut step, mut to) = (Step::Take, String::new());
        while let Some(line) = lines.next() {
            let line = line?;
            match line.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => {
                    say("250-test")?;
                    say("250 AUTH PLAIN LOGIN")?;
                }
                "AUTH" => match self.next_if(|step| matches!(step, Step::Auth(_))) {
                    Some(Step::Auth(line)) => say(line)?,
                    _ => say("235 welcome")?,
                },
                "MAIL" => {
                    step = self.next_if(|step| !matches!(step, Step::Greet(_) | Step::Auth(_))).unwrap_or(Step::Take);
                    if matches!(step, Step::CutAtMail) {
                        return stream.shutdown(Shutdown::Both);
                    }
                    say("250 ok")?;
                }
                "RCPT" => match step {
                    Step::Rcpt(line) => say(line)?,
                    _ => {
                        to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                        say("250 ok")?;
                    }
                },
                "DATA" => {
                    say("354 go on")?;
                    let mut data = String::new();
                    for line in lines.by_ref() {
                        let line = line?;
                        if line == "." {
                            break;
                        }
                        data.push_str(&line);
                        data.push('\n');
                    }
                    if let Step::Dot(line) = step {
                        say(line)?;
                        continue;
                    }
                    self.shared.lock().unwrap().received.push(Received { to: to.clone(), data });
                    match step {
                        Step::HangAfterDot => {
                            // Until the other side gives up.
                            lines.next();
                            return Ok(());
                        }
                        Step::CutAfterDot => return stream.shutdown(Shutdown::Both),
                        _ => say("250 taken")?,
                    }
                }
                "QUIT" => {
                    say("221 bye")?;
                    return Ok(());
                }
                _ => say("250 ok")?,
            }
        }
        Ok(())
    }
}
