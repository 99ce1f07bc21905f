// What this phone keeps until the server has it: the same for pages and for the worker. What was typed is encrypted under a key that no script can read out.
var kept = (function () {
  "use strict";
  var opened = null;

  function open() {
    if (!opened) {
      opened = new Promise(function (done, fail) {
        var asked = indexedDB.open("bankside", 1);
        asked.onupgradeneeded = function () {
          asked.result.createObjectStore("items", { keyPath: "id" });
          asked.result.createObjectStore("notes");
        };
        asked.onerror = function () { opened = null; fail(asked.error); };
        asked.onsuccess = function () {
          // Another page deletes or upgrades it: this one lets go.
          asked.result.onversionchange = function () { opened = null; asked.result.close(); };
          done(asked.result);
        };
      });
    }
    return opened;
  }

  // Done when the transaction is complete, not before.
  function within(name, mode, work) {
    return open().then(function (db) {
      return new Promise(function (done, fail) {
        var turn = db.transaction(name, mode), asked = work(turn.objectStore(name));
        turn.oncomplete = function () { done(asked.result); };
        turn.onerror = turn.onabort = function () { fail(turn.error); };
      });
    });
  }

  function noted(name) { return within("notes", "readonly", function (notes) { return notes.get(name); }); }
  function note(name, value) { return within("notes", "readwrite", function (notes) { return notes.put(value, name); }); }
  function unnote(name) { return within("notes", "readwrite", function (notes) { return notes.delete(name); }); }

  function key() {
    return noted("key").then(function (found) {
      if (found) return found;
      return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]).then(function (made) {
        // Where another page was first, `add` is refused and its key is taken.
        return within("notes", "readwrite", function (notes) { return notes.add(made, "key"); }).then(function () { return made; }, key);
      });
    });
  }

  return {
    note: note,
    noted: noted,
    unnote: unnote,
    /** Keeps a form for its owner: where it goes, and its fields as pairs. */
    put: function (user, path, fields) {
      var item = { user: user, path: path, since: Date.now(), state: "waiting", why: "" };
      fields.forEach(function (pair) { if (pair[0] === "id") item.id = pair[1]; if (pair[0] === "kind") item.kind = pair[1]; });
      return key().then(function (secret) {
        var iv = crypto.getRandomValues(new Uint8Array(12));
        return crypto.subtle.encrypt({ name: "AES-GCM", iv: iv }, secret, new TextEncoder().encode(JSON.stringify(fields))).then(function (data) {
          item.iv = iv;
          item.data = data;
          return within("items", "readwrite", function (items) { return items.put(item); });
        });
      });
    },
    /** The fields of a form that was kept. */
    fields: function (item) {
      return key().then(function (secret) {
        return crypto.subtle.decrypt({ name: "AES-GCM", iv: item.iv }, secret, item.data);
      }).then(function (data) { return JSON.parse(new TextDecoder().decode(data)); });
    },
    /** Everything kept, the oldest first. */
    items: function () {
      return within("items", "readonly", function (items) { return items.getAll(); }).then(function (all) {
        return all.sort(function (a, b) { return a.since - b.since; });
      });
    },
    set: function (item) { return within("items", "readwrite", function (items) { return items.put(item); }); },
    remove: function (id) { return within("items", "readwrite", function (items) { return items.delete(id); }); }
  };
})();
