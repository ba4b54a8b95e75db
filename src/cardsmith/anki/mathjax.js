// Just enough of a browser for Anki's MathJax to load in QuickJS; nothing is drawn, only parsed.
var window = globalThis, self = globalThis;
var noop = function () {};
var element = function () {
  return {
    style: {}, childNodes: [], classList: { add: noop },
    setAttribute: noop, appendChild: noop, addEventListener: noop, getElementsByTagName: function () { return []; },
  };
};
var document = {
  currentScript: { src: "/" }, readyState: "loading", head: element(), body: element(), documentElement: element(),
  createElement: element, createTextNode: element, addEventListener: noop, getElementById: function () { return null; },
  getElementsByTagName: function () { return []; }, querySelector: function () { return null; },
  querySelectorAll: function () { return []; },
};
var navigator = { appVersion: "", userAgent: "", platform: "" };
var location = { protocol: "file:", host: "", pathname: "" };
var setTimeout = noop, clearTimeout = noop;
window.MathJax = { startup: { typeset: false, ready: noop } };
// ---
// Anki's packages, less three. noerrors and noundefined only colour red what is thrown here; bussproofs wants a
// measured page. \require is refused: what it loads holds for the whole page, so a card would depend on its neighbours.
var packages = MathJax._.input.tex.AllPackages.AllPackages.filter(function (name) {
  return ["noerrors", "noundefined", "textmacros", "bussproofs"].indexOf(name) < 0;
});
var page = { math: [], options: {}, outputJax: { options: {} } };
function fresh() {
  var tex = new MathJax._.input.tex_ts.TeX({ packages: packages, formatError: function (_, error) { throw error; } });
  tex.setMmlFactory(new MathJax._.core.MmlTree.MmlFactory.MmlFactory());
  return tex;
}
var shared = fresh();
var defines = /\\(?:(?:re)?newcommand|g?def|let|Declare|(?:re)?newenvironment|newtag|renewtag|usetag|mathtoolsset)/;
function verdict(body) {
  if (/\\begin\s*\{prooftree\}/.test(body)) return "";
  var tex = defines.test(body) ? fresh() : shared;
  try {
    tex.reset();
    tex.compile({ math: body, display: true, start: { node: null }, end: {}, inputData: {}, root: null }, page);
    return "";
  } catch (error) {
    return error.id ? error.message : "too deeply nested for MathJax";
  } finally {
    if (tex !== shared) shared = fresh();
  }
}
function macros() {
  var names = {};
  ["macro", "delimiter", "environment"].forEach(function (kind) {
    shared.parseOptions.handlers.get(kind)._configuration.items.forEach(function (entry) {
      var map = (entry.item || entry).map;
      if (!map) return;
      Array.from(map.keys()).forEach(function (name) {
        if (kind === "environment") names["{" + name + "}"] = 1;
        else {
          var bare = kind === "delimiter" ? (name[0] === "\\" ? name.slice(1) : "") : name.replace(/^\\/, "");
          if (/^[A-Za-z]+$/.test(bare)) names[bare] = 1;
        }
      });
    });
  });
  return Object.keys(names).sort().join(" ");
}
