/**
 * The surroundings of a test file: Jest's own for Node, with an ordinary global object. In Jest's own every `Buffer` or
 * `Math` that a module reads is asked of the object behind the context, outside of compiled code: thirty times slower,
 * and half of what a test costs that checks many generated values. What tests see is the same.
 *
 * JavaScript, because the tests of packages/protocol run under every Node that the package promises.
 */
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** Since Node 20.18 and 22.8; under an older one the tests have Jest's own global object. */
const ORDINARY = vm.constants?.DONT_CONTEXTIFY;

class OrdinaryGlobal extends TestEnvironment {
  constructor(...parameters) {
    // Jest makes the context inside of its constructor, and has no other place to say how.
    const { createContext } = vm;
    if (ORDINARY !== undefined) vm.createContext = () => createContext(ORDINARY);
    try {
      super(...parameters);
    } finally {
      vm.createContext = createContext;
    }
  }
}

// biome-ignore lint/style/noDefaultExport: Jest takes the default export of its environment.
export default OrdinaryGlobal;
