// Reads QR codes off the main thread. A classic worker: the reader comes as a plain script.
//
// It is served as /scan/decoder.js, with a line before it: VENDOR, the address of the reader's
// folder. Below /scan because a browser asks a service worker only for workers in its own scope.
/* global importScripts, ZXingWASM, VENDOR */

importScripts(`${VENDOR}reader.js`);

const OPTIONS = {
  formats: ["QRCode"],
  maxNumberOfSymbols: 1,
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
};

// Without this the library would fetch its WebAssembly from a public network of other people.
ZXingWASM.prepareZXingModule({
  overrides: { locateFile: (path) => new URL(VENDOR + path, self.location.href).href },
  fireImmediately: true,
}).then(
  () => self.postMessage({ ready: true }),
  (error) => self.postMessage({ failed: String(error) }),
);

self.onmessage = async ({ data: { turn, pixels, width, height } }) => {
  let text = null;
  try {
    const [found] = await ZXingWASM.readBarcodes(new ImageData(pixels, width, height), OPTIONS);
    if (found?.isValid) text = found.text;
  } catch {
    // A picture that cannot be read is a picture without a code: the next one comes at once.
  }
  self.postMessage({ turn, text });
};
