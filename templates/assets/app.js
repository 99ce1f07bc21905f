// What a script makes quicker; every page works without it.
(function () {
  "use strict";
  var all = function (query) { return Array.prototype.slice.call(document.querySelectorAll(query)); };

  // One tap, one post. The button is put back when the page is shown again.
  var held = [];
  all("form[method=post]:not([data-checkin])").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "1"; held.push(form);
      // After the browser has read the form, or a pressed button's own name would be lost.
      setTimeout(function () { all("button").forEach(function (b) { if (b.form === form) b.disabled = true; }); });
    });
  });
  window.addEventListener("pageshow", function () {
    held.splice(0).forEach(function (form) {
      delete form.dataset.sent;
      all("button").forEach(function (b) { if (b.form === form) b.disabled = false; });
    });
  });

  // Copy: the new way, else a selection and the old command.
  all("[data-copy]").forEach(function (button) {
    button.hidden = false;
    var word = button.querySelector("[data-word]") || button, before = word.textContent;
    function said(ok) {
      if (!ok) return;
      word.textContent = button.dataset.copied || before;
      setTimeout(function () { word.textContent = before; }, 2000);
    }
    function old() {
      var area = document.createElement("textarea"), ok = false;
      area.value = button.dataset.copy; area.readOnly = true; area.className = "vh";
      button.parentNode.appendChild(area);
      area.select(); area.setSelectionRange(0, area.value.length);
      try { ok = document.execCommand("copy"); } catch (e) { ok = false; }
      area.remove(); button.focus(); said(ok);
    }
    button.addEventListener("click", function () {
      if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(button.dataset.copy).then(function () { said(true); }, old);
      else old();
    });
  });

  // A form that came back with problems starts at its list of them. Each begins with the name of its field.
  var colon = document.documentElement.lang.indexOf("zh") === 0 ? "：" : ": ";
  all(".problems a").forEach(function (link) {
    var field = document.getElementById(link.hash.slice(1));
    var name = field && (field.labels && field.labels[0] || field.querySelector("legend"));
    if (name) link.prepend([name.firstChild, name].map(function (part) { return part ? part.textContent.trim() : ""; }).filter(Boolean)[0] || "", colon);
  });
  var problems = document.querySelector("[data-focus]");
  if (problems) problems.focus();
})();
