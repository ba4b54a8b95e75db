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
    if (error.id) return error.message;
    return /InternalError|RangeError/.test(error.name) ? "too deeply nested for MathJax" : "MathJax fails at it";
  } finally {
    if (tex !== shared) shared = fresh();
  }
}
function named(package) {
  var tex = MathJax._.input.tex, names = {};
  var handler = tex.Configuration.ConfigurationHandler.get(package).handler;
  ["macro", "delimiter", "environment"].forEach(function (kind) {
    (handler[kind] || []).forEach(function (list) {
      var map = tex.MapHandler.MapHandler.getMap(list).map;
      Array.from(map ? map.keys() : []).forEach(function (name) {
        var bare = kind === "delimiter" && name[0] !== "\\" ? "" : name.replace(/^\\/, "");
        if (kind === "environment") names["{" + name + "}"] = 1;
        else if (/^[A-Za-z]+$/.test(bare)) names[bare] = 1;
      });
    });
  });
  return Object.keys(names);
}
function macros() {
  return packages.concat("bussproofs").map(named).map(function (names) { return names.join(" "); }).join(" ");
}
// What each control sequence needs behind it, one letter an argument: m math, t text, ? what it wants is neither; or d,
// a delimiter, and D, one that may stand in braces.
function needs(names) {
  return names.split(" ").map(function (name) {
    var kinds = "", fault;
    while (kinds.length < 7 && /^Missing argument/.test(fault = verdict("\\" + name + "{x}".repeat(kinds.length)))) kinds += "?";
    if (/^Missing or unrecognized delimiter/.test(fault) && !kinds) kinds = verdict("\\" + name + "{(}") ? "d" : "D";
    for (var i = 0; i < kinds.length && !fault; i++) {
      var asked = verdict("\\" + name + "{x}".repeat(i) + "{_}" + "{x}".repeat(kinds.length - i - 1));
      kinds = kinds.slice(0, i) + (asked ? "m" : "t") + kinds.slice(i + 1);
    }
    return kinds && name + "\t" + kinds;
  }).filter(Boolean).join("\n");
}
function delimiters() {
  var names = {};
  shared.parseOptions.handlers.get("delimiter")._configuration.items.forEach(function (entry) {
    var map = (entry.item || entry).map;
    if (map) Array.from(map.keys()).forEach(function (name) { names[name] = 1; });
  });
  return Object.keys(names).sort().join(" ");
}
