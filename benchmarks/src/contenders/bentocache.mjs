/** bentocache with a level in memory and one of files, which it does not flush. */

/** @param {string} directory */
export async function bentocacheOnFiles(directory) {
  const [{ BentoCache, bentostore }, { memoryDriver }, { fileDriver }] = await Promise.all([
    import("bentocache"),
    import("bentocache/drivers/memory"),
    import("bentocache/drivers/file"),
  ]);
  const files = bentostore().useL1Layer(memoryDriver()).useL2Layer(fileDriver({ directory, pruneInterval: false }));
  return new BentoCache({ default: "files", stores: { files } });
}
