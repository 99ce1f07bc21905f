// Sends what this phone kept, as soon as the server answers again; says how much is left. One page at a time does it.
(function () {
  "use strict";
  var root = document.documentElement.dataset;
  if (!("who" in root) || !window.isSecureContext || !window.indexedDB || !window.crypto || !crypto.subtle || !navigator.serviceWorker) return;
  var mark = document.querySelector("[data-kept]"), busy = false;
  var DAY = 864e5;

  // Only JSON of ours is an answer: a sign-in page, a portal's page, an error's page are none.
  function ask(path, body) {
    var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, 20000);
    var how = { method: body ? "POST" : "GET", body: body, redirect: "manual", cache: "no-store", credentials: "same-origin", signal: stop.signal };
    return fetch(path, how).then(function (answer) {
      var kind = answer.headers.get("content-type") || "";
      return kind.indexOf("application/json") === 0 ? answer.json() : null;
    }).catch(function () { return null; }).then(function (said) { clearTimeout(timer); return said; });
  }

  // Who is here: the page says it, without a network whoever was here last.
  function user() {
    return root.who ? Promise.resolve(root.who) : kept.noted("who").then(function (who) { return who ? who.user : ""; });
  }
  function own() {
    return Promise.all([kept.items(), user()]).then(function (both) {
      return both[0].filter(function (item) { return item.user === both[1]; });
    });
  }

  function show() {
    return own().then(function (items) {
      var waits = items.length, old = items.some(function (item) { return Date.now() - item.since > DAY; });
      var late = old || items.some(function (item) { return item.state === "refused"; });
      if (mark) {
        mark.hidden = !waits;
        mark.classList.toggle("late", late);
        mark.querySelector("span").textContent = waits ? (old ? mark.dataset.old : mark.dataset.kept).replace("{n}", waits) : "";
      }
      document.dispatchEvent(new CustomEvent("kept", { detail: items }));
      return items;
    });
  }

  // One after the other; the first that gets no answer ends the turn.
  function send(items, who) {
    if (!items.length) return Promise.resolve();
    var item = items[0];
    return kept.fields(item).then(function (fields) {
      var body = new URLSearchParams(fields);
      body.set("csrf", who.csrf);
      return ask("/kept" + item.path, body);
    }).then(function (said) {
      if (!said || said.id !== item.id) return;
      var done;
      if (said.received) done = kept.remove(item.id).then(function () { return came(item); });
      else { item.state = "refused"; item.why = said.why || ""; done = kept.set(item); }
      return done.then(function () { return send(items.slice(1), who); });
    });
  }
  // The day as the phone knows it goes on.
  function came(item) {
    if (item.path !== "/check-ins") return;
    return kept.noted("day").then(function (day) {
      if (!day || day.user !== item.user) return;
      day.last = item.kind;
      return kept.note("day", day);
    });
  }
  function turn() {
    return own().then(function (items) {
      var waiting = items.filter(function (item) { return item.state === "waiting"; });
      if (!waiting.length) return;
      return Promise.all([ask("/kept"), user()]).then(function (both) {
        if (both[0] && both[0].user === both[1]) return send(waiting, both[0]);
      });
    });
  }
  function flush() {
    if (busy || navigator.onLine === false) return show();
    busy = true;
    var alone = navigator.locks
      ? navigator.locks.request("bankside-kept", { ifAvailable: true }, function (lock) { return lock && turn(); })
      : turn();
    return Promise.resolve(alone).catch(function () {}).then(function () { busy = false; return show(); });
  }

  function remember() {
    if (!root.who) return Promise.resolve();
    var day = document.querySelector("[data-day]");
    return kept.note("who", { user: root.who, lang: document.documentElement.lang }).then(function () {
      if (!day) return;
      var seen = JSON.parse(day.dataset.day);
      seen.user = root.who;
      return kept.note("day", seen);
    });
  }

  // Signing out takes everything off the phone: first it is sent, else its owner says that it may go.
  function leaving(form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.cleared) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      // Without a network nobody is signed out, and nothing may go for that.
      if (navigator.onLine === false) return window.alert(form.dataset.needs);
      flush().then(function (items) {
        return Promise.all(items.map(function (item) { return kept.fields(item).then(name, function () { return ""; }); })).then(function (names) {
          if (items.length && !window.confirm(form.dataset.discard.replace("{n}", items.length).replace("{names}", names.filter(Boolean).join(", ")))) return;
          return Promise.all(items.map(function (item) { return kept.remove(item.id); })).then(function () { return Promise.all([kept.items(), kept.unnote("day"), kept.unnote("who")]); }).then(function (both) {
            // What others kept here stays for them.
            if (both[0].length) form.elements.keep.value = "on";
            go();
          });
        });
      }).catch(go);
      function go() { form.dataset.cleared = "1"; HTMLFormElement.prototype.submit.call(form); }
    }, true);
  }
  function name(fields) {
    var found = fields.filter(function (pair) { return pair[0] === "name"; })[0];
    return found ? found[1] : "";
  }

  Array.prototype.forEach.call(document.querySelectorAll("form[data-discard]"), leaving);
  window.addEventListener("load", function () {
    navigator.serviceWorker.register("/worker.js").catch(function () {});
    remember().then(flush, function () {});
  });
  window.addEventListener("online", flush);
  window.addEventListener("pageshow", function (event) { if (event.persisted) flush(); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) flush(); });
  document.addEventListener("kept-changed", flush);
  setInterval(flush, 30000);
})();
