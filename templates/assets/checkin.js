// Check-in: the position is asked for at the tap, the best fix of a few seconds is taken, then the form is posted
// as any other. Without a position the block `[data-no-position]` opens and says why.
(function () {
  "use strict";
  function fill(form, name, value) { if (form.elements[name]) form.elements[name].value = value; }

  function checkIn(form) {
    var say = form.querySelector("[data-live]"), button = form.querySelector("button"), d = form.dataset;
    var other = document.querySelector("[data-no-position]");
    var best = null, watch = null, timers = [], busy = false, sent = false;

    function stop() {
      if (watch !== null) navigator.geolocation.clearWatch(watch);
      timers.forEach(clearTimeout);
      watch = null; timers = []; busy = false;
    }
    function ready() {
      if (button.getAttribute("aria-busy")) button.disabled = false;
      button.removeAttribute("aria-busy");
    }
    function without(kind) {
      stop(); ready(); say.textContent = "";
      if (!other) return;
      var why = other.querySelector("[data-why]");
      if (why) why.textContent = other.dataset[kind] || "";
      other.open = true;
      other.scrollIntoView({ block: "nearest" });
      var first = other.querySelector("select,textarea,input:not([type=hidden])");
      if (first) first.focus();
    }
    function finish() {
      if (!best) return without("timeout");
      stop(); sent = true;
      var time = Math.abs(Date.now() - best.timestamp) < 864e5 ? best.timestamp : Date.now();
      fill(form, "lat", best.coords.latitude);
      fill(form, "lon", best.coords.longitude);
      fill(form, "accuracy_m", best.coords.accuracy);
      fill(form, "at", new Date(time).toISOString());
      say.textContent = d.sending || "";
      HTMLFormElement.prototype.submit.call(form);
    }
    function fix(position) {
      if (!busy) return;
      if (!best) timers.push(setTimeout(finish, 6000));
      if (!best || position.coords.accuracy <= best.coords.accuracy) best = position;
      say.textContent = (d.settling || "{m} m").replace("{m}", Math.round(best.coords.accuracy));
      if (best.coords.accuracy <= (+d.good || 40)) finish();
    }
    function fail(error) {
      if (!busy) return;
      if (best) return finish();
      without(error.code === 1 ? "denied" : error.code === 3 ? "timeout" : "unavailable");
    }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (busy || sent) return;
      if (window.isSecureContext === false) return without("insecure");
      if (!navigator.geolocation) return without("unavailable");
      busy = true; best = null;
      button.disabled = true; button.setAttribute("aria-busy", "true");
      say.textContent = d.locating || "";
      // Some in-app browsers never answer: our own clock ends the wait.
      timers.push(setTimeout(finish, 20000));
      watch = navigator.geolocation.watchPosition(fix, fail, { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
    });
    window.addEventListener("pageshow", function () { stop(); sent = false; ready(); say.textContent = ""; });
  }
  Array.prototype.forEach.call(document.querySelectorAll("form[data-checkin]"), checkIn);
})();
