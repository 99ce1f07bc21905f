//! Hands a request to the handler that the table of `routes.rs` names: one look into a tree instead of a walk along some hundreds of patterns,
//! each compiled for every thread.

use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse, always_ready};
use actix_web::{Error, HttpResponse, Route};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use crate::routes;

type Handler = <Route as ServiceFactory<ServiceRequest>>::Service;

/// What actix makes each of its threads' [`Handlers`] with.
pub struct Dispatch;

impl ServiceFactory<ServiceRequest> for Dispatch {
    type Response = ServiceResponse;
    type Error = Error;
    type Config = ();
    type Service = Handlers;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Handlers, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        async {
            let routes = routes::all().map(|entry| entry.route().new_service(()));
            Ok(Handlers(futures_util::future::try_join_all(routes).await?))
        }
        .boxed_local()
    }
}

/// The handlers of one thread, in the order of the table.
pub struct Handlers(Vec<Handler>);

impl Service<ServiceRequest> for Handlers {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    always_ready!();

    /// The gate has answered what the table does not know; without a gate it is 404 here.
    fn call(&self, mut req: ServiceRequest) -> Self::Future {
        let Some(found) = routes::find(req.match_info().as_str()) else {
            return ready(Ok(req.into_response(HttpResponse::NotFound()))).boxed_local();
        };
        let Some((number, _)) = found.value.entry(req.method()) else {
            return ready(Ok(req.into_response(HttpResponse::MethodNotAllowed()))).boxed_local();
        };
        let values: Vec<(&'static str, String)> = found.params.iter().map(|(name, v)| (name, v.to_owned())).collect();
        for (name, value) in values {
            req.match_info_mut().add_static(name, value);
        }
        self.0[number].call(req)
    }
}
