/** Redis whose announcements reach nobody but their sender, who so believes to hear everything. */

import { redisCache } from "@lastgood/cache-redis";

/** @typedef {import("@lastgood/core/adapter").AnnouncementListener} AnnouncementListener */

/** @param {string} url @returns {import("@lastgood/core/adapter").ByteCacheAdapter} */
function create(url) {
  /** @type {Set<AnnouncementListener>} */
  const listeners = new Set();
  return Object.assign(redisCache(url), {
    announce: (/** @type {Uint8Array} */ message) => listeners.forEach(({ heard }) => heard(message)),
    listen(/** @type {AnnouncementListener} */ listener) {
      listeners.add(listener);
      listener.gap();
      return { confirm: () => undefined, stop: () => void listeners.delete(listener) };
    },
  });
}

/** @type {import("@lastgood/core").CacheFactory} */
export const deafBus = {
  kind: "cache",
  schemes: ["deaf-bus"],
  urlOptions: [],
  fromUrl: ({ location }) => create(`redis:${location}`),
};
