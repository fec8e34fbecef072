// Keeps a page fresh without disturbing whoever works on it, and opens its dialogs in place.
"use strict";

(() => {
  const every = Number(document.body.dataset.refresh || 0) * 1000;
  const toggle = document.getElementById("live-toggle");
  const state = document.getElementById("live-state");
  let paused = sessionStorage.getItem("console-paused") === "yes";
  let timer = 0;
  let asking = false;

  const parts = () => [...document.querySelectorAll("[data-part]")];
  const partNamed = (name) => document.querySelector(`[data-part="${name}"]`);

  const say = (text) => {
    if (state && state.textContent !== text) state.textContent = text;
  };

  // Somebody types in it, or has something open in it: it stays as it is for now.
  const isInUse = (part) => {
    if (part.querySelector("dialog[open], details[open]")) return true;
    const active = document.activeElement;
    return part.contains(active) && active.matches("input, select, textarea");
  };

  // The address or the words of what has the focus find it again in the new part.
  const focusKey = (part) => {
    const active = document.activeElement;
    if (!part.contains(active)) return null;
    const same = (one) => one.tagName === active.tagName &&
        one.getAttribute("href") === active.getAttribute("href") &&
        one.textContent === active.textContent;
    return { index: [...part.querySelectorAll(active.tagName)].filter(same).indexOf(active), same,
      tag: active.tagName };
  };

  const replace = (part, fresh) => {
    const key = focusKey(part);
    const scrolled = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    const content = document.createElement("template");
    content.innerHTML = fresh.html;
    part.replaceChildren(content.content);
    part.dataset.hash = fresh.hash;
    part.querySelectorAll(".scroll").forEach((box, n) => { box.scrollLeft = scrolled[n] || 0; });
    if (key) {
      const found = [...part.querySelectorAll(key.tag)].filter(key.same)[Math.max(0, key.index)];
      if (found) found.focus({ preventScroll: true });
    }
  };

  const ask = async (url, names) => {
    const answer = await fetch(url, {
      headers: { "X-Parts": names }, credentials: "same-origin", cache: "no-store",
      redirect: "error",
    });
    if (answer.status === 401) {
      location.assign(`/console/sign-in?next=${
        encodeURIComponent(location.pathname + location.search)}`);
      return {};
    }
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).parts;
  };

  const refresh = async () => {
    if (asking || paused || document.hidden) return;
    asking = true;
    try {
      const wanted = parts().filter((part) => part.dataset.part !== "dialog")
        .map((part) => `${part.dataset.part}=${part.dataset.hash}`).join(",");
      const fresh = await ask(location.href, wanted);
      for (const [name, part] of Object.entries(fresh)) {
        const old = partNamed(name);
        if (old && !isInUse(old)) replace(old, part);
      }
      say("Live");
    } catch {
      say("No answer, trying again");
    } finally {
      asking = false;
      plan();
    }
  };

  const pace = () => {
    const own = Number(document.querySelector("[data-every]")?.dataset.every || 0) * 1000;
    return own || every;
  };

  function plan() {
    clearTimeout(timer);
    if (every && !paused && !document.hidden) timer = setTimeout(refresh, pace());
  }

  if (toggle) {
    toggle.closest(".live").hidden = false;
    const show = () => {
      toggle.setAttribute("aria-pressed", String(paused));
      toggle.textContent = paused ? "Go on" : "Pause";
      say(paused ? "Paused" : "Live");
    };
    toggle.addEventListener("click", () => {
      paused = !paused;
      sessionStorage.setItem("console-paused", paused ? "yes" : "no");
      show();
      if (paused) clearTimeout(timer);
      else refresh();
    });
    show();
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (every) refresh();
  });
  plan();

  // Dialogs: an address shows each of them without a script, too.
  let opener = null;

  const prepare = (dialog) => {
    dialog.removeAttribute("open");
    dialog.showModal();
    dialog.addEventListener("close", () => {
      dialog.remove();
      const clean = dialog.querySelector("[data-close]")?.getAttribute("href");
      if (clean && location.search.includes("dialog=")) history.replaceState(null, "", clean);
      if (opener?.isConnected) opener.focus();
    });
    const pick = dialog.querySelector("[data-file-into]");
    if (pick) {
      pick.hidden = false;
      pick.querySelector("input").addEventListener("change", async (event) => {
        const [file] = event.target.files;
        if (file) document.getElementById(pick.dataset.fileInto).value = await file.text();
      });
    }
  };

  document.addEventListener("click", async (event) => {
    const close = event.target.closest("[data-close]");
    if (close) {
      event.preventDefault();
      close.closest("dialog").close();
      return;
    }
    const link = event.target.closest("a[data-dialog]");
    const slot = partNamed("dialog");
    if (!link || !slot || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const fresh = (await ask(link.href, "dialog=")).dialog;
      if (!fresh) throw new Error("no dialog");
      opener = link;
      replace(slot, fresh);
      prepare(slot.querySelector("dialog"));
    } catch {
      location.assign(link.href);
    }
  });

  document.querySelectorAll("dialog[open]").forEach(prepare);

  // Empty fields would only make the address of a filter longer.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    for (const one of form.elements) {
      if (one.name && one.value === "") one.disabled = true;
    }
    setTimeout(() => { for (const one of form.elements) one.disabled = false; });
  });
})();
