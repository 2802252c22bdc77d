/** The package has no types that modules can import. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.mjs' {
  export default function makeLibheif(): unknown;
}
