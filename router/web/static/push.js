// The buttons that begin and end pages on this device.
"use strict";

const device = document.getElementById("device");
const begin = document.getElementById("push-begin");
const end = document.getElementById("push-end");

const tell = (text) => {
  document.getElementById("push-state").textContent = text;
};

const digestOf = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const nameOf = () => {
  const brands = (navigator.userAgentData?.brands || []).map((one) => one.brand);
  const browser = brands.find((brand) => !/Not|Chromium/.test(brand))
    || ["Firefox", "Edg", "Chrome", "Safari"].find((name) => navigator.userAgent.includes(name)) || "Browser";
  const system = navigator.userAgentData?.platform
    || ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((name) => navigator.userAgent.includes(name));
  return system ? `${browser} on ${system}` : browser;
};

const pushes = async () => {
  const worker = "serviceWorker" in navigator && await navigator.serviceWorker.register("/sw.js");
  return worker && worker.pushManager ? (await navigator.serviceWorker.ready).pushManager : null;
};

const look = async () => {
  if (!window.isSecureContext) return tell("Pages come to a device only where this address begins with https://.");
  const manager = await pushes();
  if (!manager) {
    return tell("This browser cannot show pages. On an iPhone or iPad, add PingParrot to the home screen and open it there.");
  }
  const there = await manager.getSubscription();
  const known = there ? device.dataset.known.split(" ").includes(await digestOf(there.endpoint)) : false;
  begin.hidden = known;
  end.hidden = !known;
  begin.elements.device.value ||= nameOf();
  return tell(known ? "Pages come to this device." : "Pages can come to this device as notifications.");
};

const subscribe = async () => {
  const manager = await pushes();
  const before = await manager.getSubscription();
  const key = { userVisibleOnly: true, applicationServerKey: device.dataset.key };
  if (before) await before.unsubscribe();  // it may have been made under another key
  const { endpoint, keys } = (await manager.subscribe(key)).toJSON();
  Object.entries({ endpoint, ...keys }).forEach(([name, value]) => { begin.elements[name].value = value; });
  begin.submit();
};

const unsubscribe = async () => {
  const there = await (await pushes()).getSubscription();
  end.elements.endpoint.value = there.endpoint;
  await there.unsubscribe();
  end.submit();
};

const instead = (act, failed) => (event) => {
  event.preventDefault();
  act().catch((error) => tell(`${failed} The browser says: ${error.message}`));
};

begin.addEventListener("submit", instead(subscribe, "This device was not added: allow notifications for this address."));
end.addEventListener("submit", instead(unsubscribe, "This device was not taken away."));
look().catch((error) => tell(`This browser cannot show pages: ${error.message}`));
