//! Serving and stopping: finish requests in flight, stop jobs at a safe point, exit within ten seconds.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::{App as Site, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::jobs::Jobs;
use crate::people::outage;
use crate::prospects::import::staging;
use crate::rota::planning::runner;
use crate::web::gate;
use crate::{jobs, routes};

/// How long requests in flight may take after the signal.
const DRAIN: u64 = 7;

/// Serves until SIGTERM or SIGINT. `started` is told the address once it listens.
///
/// # Errors
/// Why it did not start.
pub fn serve(app: App, with_jobs: bool, started: impl FnOnce(SocketAddr)) -> Result<(), String> {
    // Whoever looks finds a file that was decided whole. One that cannot come in now is tried again by the job, and on record.
    if let Err(error) = staging::finish(&app) {
        tracing::error!(%error, "an import that was cut short could not be finished");
    }
    let app = web::Data::new(app);
    runner::recover(&app).map_err(|e| e.to_string())?;
    let schedules = if with_jobs { [jobs::ALWAYS, jobs::SCHEDULES].concat() } else { jobs::ALWAYS.to_vec() };
    let jobs = Jobs::start(app.clone().into_inner(), &schedules)?;
    let result = actix_web::rt::System::new().block_on(listen(app.clone(), started));
    jobs.stop();
    runner::stop(&app);
    if app.outage.is_on() {
        settle_at_last(app);
    }
    result
}

/// What waits in memory gets a last chance, but not for ever: the database may be held by somebody else.
fn settle_at_last(app: web::Data<App>) {
    let (done, wait) = std::sync::mpsc::channel();
    // Nobody may be waiting any more.
    std::thread::spawn(move || drop(done.send(outage::settle(&app))));
    let failed = match wait.recv_timeout(Duration::from_secs(1)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database does not answer".to_owned(),
    };
    tracing::error!(%failed, "what waited in memory is lost: whoever signed in meanwhile signs in again");
}

async fn listen(app: web::Data<App>, started: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let address = app.settings.listen;
    let workers = match app.settings.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        n => n,
    };
    let data = app.clone();
    let server = HttpServer::new(move || {
        Site::new()
            .app_data(data.clone())
            .app_data(web::PathConfig::default().error_handler(|_, _| crate::error::Error::not_found().into()))
            .wrap(middleware::from_fn(gate::gate))
            .wrap(middleware::Compress::default())
            .configure(routes::configure)
    })
    .workers(workers)
    // Who waits for a connection needs no thread for it; a few more do what needs none: passwords, files.
    .worker_max_blocking_threads(app.db.readers().div_ceil(workers) + 4)
    .disable_signals()
    .shutdown_timeout(DRAIN)
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(60))
    .bind(address)
    .map_err(|e| format!("{address}: {e}"))?;
    let bound = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| e.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| e.to_string())?;
    tracing::info!(%bound, "serving");
    started(bound);
    let live = app.clone();
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        // Streams never end by themselves in time.
        live.live.stop();
        handle.stop(true).await;
    };
    actix_web::rt::spawn(stop);
    server.await.map_err(|e| e.to_string())
}
