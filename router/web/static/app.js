// What makes the dashboard livelier; every screen works without it.
"use strict";

const span = (seconds) => {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return s % 3600 >= 60 ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min` : `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
};

// Ages and what is to come count on, by the reader's own clock corrected by the server's at load time.
const tick = () => {
  const now = Date.now();
  document.querySelectorAll("time[data-ago]").forEach((one) => {
    one.textContent = `${span((now - Date.parse(one.dateTime)) / 1000)} ago`;
  });
  document.querySelectorAll("time[data-ahead]").forEach((one) => {
    const left = (Date.parse(one.dateTime) - now) / 1000;
    one.textContent = left > 0 ? `in ${span(left)}` : "now";
  });
};
setInterval(tick, 1000);

// A new page sounds and flashes in the title until the tab is looked at.
const title = document.title;
let flashing = null;
const calm = () => {
  clearInterval(flashing);
  flashing = null;
  document.title = title;
};
const sound = () => {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return;
  const context = new Context();
  [0, 0.25].forEach((at) => {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = 880;
    loudness.gain.value = 0.2;
    tone.connect(loudness).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.15);
  });
};
const alarm = (count) => {
  sound();
  if (document.hasFocus() || flashing) return;
  let on = false;
  flashing = setInterval(() => {
    on = !on;
    document.title = on ? `(${count}) NEW PAGE` : title;
  }, 800);
};
window.addEventListener("focus", calm);

const newest = () => Number(document.querySelector("[data-newest]")?.dataset.newest || 0);
let known = newest();

// What somebody has typed, ticked or opened is there after an update, too.
const fields = (root) => root.querySelectorAll("input:not([type=hidden]), textarea, select");
const called = (field) => [field.form?.getAttribute("action"), field.name, field.type === "checkbox" && field.value].join(" ");
const typed = new Map();
const opened = new Set();
document.addEventListener("htmx:beforeSwap", (event) => {
  typed.clear();
  opened.clear();
  fields(event.detail.target).forEach((field) => {
    typed.set(called(field), field.type === "checkbox" ? field.checked : field.value);
  });
  event.detail.target.querySelectorAll("details[open] > summary").forEach((one) => opened.add(one.textContent));
});
document.addEventListener("htmx:afterSwap", (event) => {
  fields(event.detail.target).forEach((field) => {
    if (typed.has(called(field))) field[field.type === "checkbox" ? "checked" : "value"] = typed.get(called(field));
  });
  event.detail.target.querySelectorAll("details > summary").forEach((one) => {
    one.parentElement.open = opened.has(one.textContent);
  });
  const latest = newest();
  if (latest > known) {
    const fresh = [...document.querySelectorAll("li.page")].filter((row) => Number(row.id.slice(5)) > known);
    fresh.forEach((row) => row.classList.add("new"));
    known = latest;
    alarm(fresh.length);
    const said = document.getElementById("said");
    if (said) said.textContent = `New page: ${fresh[0]?.querySelector(".subject")?.textContent || ""}`;
  }
  tick();
});

// What shows pages that are pushed, and a screen when there is no connection.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
