// Under workerd a `.wasm` import is a compiled module: nothing is compiled at run time there.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
