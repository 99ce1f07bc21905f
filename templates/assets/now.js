// Now keeps itself fresh: a mark from the server's event stream that differs from the shown one fetches the part that changes. Where the stream fails, and
// once a minute for what only time changes, the part is fetched without being told.
(function () {
  "use strict";
  var box = document.querySelector("[data-events]");
  if (!box || !window.fetch || !window.DOMParser) return;
  var busy = false, wanted = false, source = null, fetched = Date.now();

  // Nobody's words are taken away while they type.
  function writing() {
    var at = document.activeElement;
    return box.contains(at) && (at.tagName === "INPUT" || at.tagName === "TEXTAREA") && at.value !== "";
  }
  function refresh() {
    if (busy || document.hidden || writing()) { wanted = true; return; }
    busy = true; wanted = false;
    fetch(box.dataset.part, { credentials: "same-origin", headers: { Accept: "text/html" }, redirect: "manual" }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-mark]");
      if (!fresh || writing()) { wanted = true; return; }
      var held = document.activeElement, id = box.contains(held) && held.id, y = window.scrollY;
      box.replaceChildren(document.importNode(fresh, true));
      if (id && document.getElementById(id)) document.getElementById(id).focus();
      window.scrollTo(0, y);
      fetched = Date.now();
    }).catch(function () { wanted = true; }).then(function () { busy = false; });
  }
  function shown() { var part = box.querySelector("[data-mark]"); return part ? part.dataset.mark : ""; }
  function listen() {
    if (!window.EventSource) return;
    source = new EventSource(box.dataset.events);
    source.addEventListener("mark", function (event) { if (event.data !== shown()) refresh(); });
  }
  // What is shown is fresh: the stream may wait until everything else is there.
  window.addEventListener("load", function () { setTimeout(listen, 2000); });
  setInterval(function () {
    var lost = !source || source.readyState === 2;
    if (wanted || Date.now() - fetched > (lost ? 15000 : 60000)) refresh();
    // Full or restarting: asked again after a while.
    if (lost && Math.random() < 0.1) listen();
  }, 5000);
  document.addEventListener("visibilitychange", function () { if (!document.hidden && wanted) refresh(); });
  window.addEventListener("pagehide", function () { if (source) source.close(); });
})();
