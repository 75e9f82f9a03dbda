// Shows pages that are pushed, and a screen for when there is no connection. The server writes above this what is
// kept (KEPT) and under which name (KEEP): nothing else is ever stored, and so no private page.
"use strict";

const FORM = /name="csrf" value="([0-9a-f]+)"/;
const SAID = /<p class="said">([^<]+)</;

self.addEventListener("install", (event) => {
  const fresh = KEPT.map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  const keep = async () => {
    await (await caches.open(KEEP)).addAll(fresh);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name !== KEEP);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("/offline", { ignoreVary: true })));
  } else if (pathname !== "/offline" && KEPT.includes(pathname + search)) {
    event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept || fetch(request)));
  }
});

const show = (page) => {
  const open = { action: "open", title: "Open" };
  const acknowledge = { action: "acknowledge", title: page.pages > 1 ? "Acknowledge all" : "Acknowledge" };
  const waits = page.status === "active" && page.kind !== "resolved";
  return self.registration.showNotification(page.title, {
    body: page.text,
    tag: page.tag,
    renotify: page.kind !== "resolved",
    requireInteraction: waits && ["critical", "high"].includes(page.priority),
    icon: "/static/icon-192.png",
    badge: "/static/icon-192.png",
    actions: waits && page.link ? [acknowledge, open] : [open],
    data: { title: page.title, tag: page.tag, to: page.link || (page.page ? `/pages/${page.page}` : "/"), link: page.link },
  });
};

self.addEventListener("push", (event) => {
  let page;
  try {
    page = event.data.json();
  } catch {
    page = { title: "PingParrot", text: "Something happened: open to see what.", tag: "unread", kind: "unread" };
  }
  event.waitUntil(show(page));
});

const lookAt = async (to) => {
  const address = new URL(to, self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
};

// As a person does it: open the link, press the button of its form, read what the screen then says.
const acknowledge = async (link) => {
  const screen = await (await fetch(link)).text();
  const csrf = FORM.exec(screen);
  if (!csrf) return SAID.exec(screen)?.[1];
  const form = new URLSearchParams({ csrf: csrf[1] });
  return SAID.exec(await (await fetch(link, { method: "POST", body: form })).text())?.[1];
};

const tell = (data, said) =>
  self.registration.showNotification(data.title, {
    body: said || "This could not be acknowledged: open the page to do it there.",
    tag: data.tag,
    renotify: !said,
    silent: Boolean(said),
    requireInteraction: !said,
    icon: "/static/icon-192.png",
    badge: "/static/icon-192.png",
    actions: [{ action: "open", title: "Open" }],
    data,
  });

self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  const ours = data.link && new URL(data.link, self.location.origin).origin === self.location.origin;
  if (event.action === "acknowledge" && ours) {
    event.waitUntil(acknowledge(data.link).catch(() => "").then((said) => tell(data, said)));
  } else {
    event.waitUntil(lookAt(data.to));
  }
});
