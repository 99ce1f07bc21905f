// The service worker: without a network it shows the shell, and what a broker sends then is kept. Everything else goes to the server as if it were not there.
"use strict";
var FORMS = ["/check-ins", "/prospects"];
var PATIENCE = 20000;

self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(shell.name).then(function (cache) {
    // Nobody's own: asked for without a session.
    return Promise.all(shell.files.map(function (file) {
      return fetch(file, { credentials: "omit", cache: "no-cache" }).then(function (answer) {
        if (!answer.ok) throw new Error(file);
        return cache.put(file, answer);
      });
    }));
  }).then(function () { return self.skipWaiting(); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) { return name !== shell.name && caches.delete(name); }));
  }).then(function () { return self.clients.claim(); }));
});

self.addEventListener("fetch", function (event) {
  var request = event.request, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  // Files to take away have a dot in their address; browsers take them best without a worker between.
  if (request.mode === "navigate" && request.method === "GET" && url.pathname.indexOf(".") < 0) event.respondWith(fetch(request).catch(without));
  else if (request.mode === "navigate" && request.method === "POST" && FORMS.indexOf(url.pathname) >= 0) event.respondWith(send(request, url.pathname));
  else if (request.method === "GET" && url.pathname.indexOf("/assets/") === 0) event.respondWith(found(url.pathname).then(function (file) { return file || fetch(request); }));
});

function found(path) { return caches.match(path, { ignoreVary: true }); }

// The shell in the language of who was here last.
function without() {
  return kept.noted("who").catch(function () {}).then(function (who) {
    return found("/offline?lang=" + (who && who.lang === "en" ? "en" : "zh-CN"));
  }).then(function (page) { return page || Response.error(); });
}

// Kept, then sent: the tab may be closed meanwhile, and what answers may be a sign-in page, a portal or an error. Where it leads on, the next page of ours
// asks what became of it; its id makes it one, however often it comes. A form of the shell has no token: it is not sent from here.
function send(request, path) {
  return request.clone().formData().then(function (form) {
    var stored = keep(form, path), shell = stored.then(function () { return "/offline"; }, function () { return "/offline?lost=1"; });
    function later() { return shell.then(function (to) { return Response.redirect(to, 303); }); }
    if (!form.get("csrf")) return later();
    var late = new Promise(function (_, fail) { setTimeout(fail, PATIENCE); });
    return stored.catch(function () {}).then(function () { return Promise.race([fetch(request), late]); }).then(function (answer) {
      if (answer.type === "opaqueredirect") return answer;
      // Refused with what was typed: that is on the page again.
      if (answer.status === 409 || answer.status === 422) return stored.then(function () { return kept.remove(form.get("id")); }).catch(function () {}).then(function () { return answer; });
      return stored.then(later, function () { return answer; });
    }, later);
  });
}

function keep(form, path) {
  return kept.noted("who").then(function (who) {
    if (!who) throw new Error("nobody was here");
    var fields = [], timed = false;
    form.forEach(function (value, name) {
      // The time of a check-in is that of the tap.
      if (name === "at" && value) timed = true;
      if (name !== "csrf" && (name !== "at" || value)) fields.push([name, String(value)]);
    });
    if (path === "/check-ins" && !timed) fields.push(["at", new Date().toISOString()]);
    return kept.put(who.user, path, fields);
  });
}
