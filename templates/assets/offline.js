// The page without a network: the day as it was last seen, the forms with their ids and times made at the tap, and what waits on this phone.
(function () {
  "use strict";
  var box = document.querySelector("[data-offline]");
  if (!box) return;
  var byName = function (form, name) { return form.elements[name]; };
  var words = box.dataset;

  if (location.search.indexOf("lost") >= 0) document.querySelector("[data-lost]").hidden = false;
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(function () {});

  function two(n) { return (n < 10 ? "0" : "") + n; }
  function clock(time) { var at = new Date(time); return two(at.getHours()) + ":" + two(at.getMinutes()); }
  function day(time) { var at = new Date(time); return (at.getMonth() + 1) + "-" + two(at.getDate()) + " " + clock(time); }

  // Ids are made at the tap, so that two taps are two and a try again is none.
  function prepare(form) {
    form.addEventListener("submit", function () {
      byName(form, "id").value = crypto.randomUUID();
      if (byName(form, "met_at")) byName(form, "met_at").value = new Date().toISOString();
    }, true);
  }
  Array.prototype.forEach.call(document.querySelectorAll("form"), prepare);

  // The day is the branch's, wherever the phone's clock is set to, and only of whoever is here.
  Promise.all([kept.noted("day"), kept.noted("who")]).then(function (both) {
    var seen = both[0];
    if (!seen || !both[1] || seen.user !== both[1].user) return null;
    if (seen.date !== new Intl.DateTimeFormat("en-CA", { timeZone: seen.zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date())) return null;
    if (seen.outlet) {
      document.querySelector("[data-outlet]").textContent = seen.outlet;
      document.querySelector("[data-hours]").textContent = seen.from + " – " + seen.to;
    }
    if (seen.open) document.querySelector("[data-due]").textContent = words.dueWords.replace("{n}", seen.open);
    if (seen.agreed) Array.prototype.forEach.call(document.querySelectorAll("[data-checkin] [name=agree]"), function (tick) { tick.closest(".field").remove(); });
    var outlet = document.querySelector("[name=outlet_id]");
    if (outlet && seen.outlet_id) outlet.value = seen.outlet_id;
    return seen.last;
  }).catch(function () {}).then(function (last) {
    document.addEventListener("kept", function (event) { list(event.detail, last); });
    document.dispatchEvent(new Event("kept-changed"));
  });

  function list(items, last) {
    var rows = document.querySelector("[data-list]"), pattern = document.querySelector("[data-row]").content;
    rows.textContent = "";
    document.querySelector("[data-none]").hidden = items.length > 0;
    items.forEach(function (item) {
      var row = pattern.cloneNode(true), refused = item.state === "refused";
      var what = item.path === "/prospects" ? words.prospect : item.kind === "out" ? words.out : words.in;
      if (item.path === "/check-ins" && !refused) last = item.kind;
      row.querySelector("[data-what]").textContent = what + " · " + day(item.since);
      row.querySelector("[data-state]").textContent = refused ? words.refused + item.why : words.waiting;
      row.querySelector("[data-drop]").hidden = !refused;
      row.querySelector("[data-drop]").addEventListener("click", function () { drop(item); });
      rows.appendChild(row);
    });
    Array.prototype.forEach.call(document.querySelectorAll("[name=kind]"), function (kind) { kind.value = last === "in" ? "out" : "in"; });
    Array.prototype.forEach.call(document.querySelectorAll("[data-checkin] b,[data-no-position] summary,[data-no-position] button"), function (part) {
      part.textContent = last === "in" ? part.textContent.replace(words.in, words.out) : part.textContent.replace(words.out, words.in);
    });
  }

  // What the server refused comes back into its form, where it can be; then it is kept no more as it was.
  function drop(item) {
    kept.fields(item).then(function (fields) {
      var form = item.path === "/prospects" && document.querySelector("form[action='/prospects']");
      if (form) {
        fields.forEach(function (pair) {
          var field = form.elements[pair[0]];
          if (!field || pair[0] === "id") return;
          if (field.type === "checkbox") field.checked = pair[1] === "on"; else field.value = pair[1];
        });
        form.elements.name.focus();
      }
      return kept.remove(item.id);
    }).then(function () { document.dispatchEvent(new Event("kept-changed")); });
  }
})();
