// A plan under way: the part of the page that changes is fetched every second and a half, until there is a plan.
(function () {
  "use strict";
  var box = document.getElementById("plan");
  if (!box || !window.fetch || !window.DOMParser) return;
  function running() { return box.querySelector("[data-running]"); }
  function look() {
    if (!running()) return;
    if (document.hidden) { setTimeout(look, 1500); return; }
    fetch(box.dataset.part, { credentials: "same-origin", headers: { Accept: "text/html" }, redirect: "manual" }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").querySelector(".part");
      if (!fresh) return;
      // Whoever is about to press a button does not lose it.
      if ("running" in fresh.dataset && box.contains(document.activeElement)) {
        [".lead", ".meter"].forEach(function (part) {
          var old = box.querySelector(part), now = fresh.querySelector(part);
          if (old && now) old.replaceWith(document.importNode(now, true));
        });
      } else box.replaceChildren(document.importNode(fresh, true));
    }).catch(function () {}).then(function () { setTimeout(look, 1500); });
  }
  setTimeout(look, 1500);
})();
