// Tables and code scroll where they are wide, so the keyboard must reach them. The theme wraps tables after the page has
// loaded, and takes `tabindex` from code that it holds for narrow enough.
const reachable = () => {
  const scrolling = ".md-typeset__scrollwrap:not([tabindex]), pre > code:not([tabindex])";
  for (const each of document.querySelectorAll(scrolling)) each.tabIndex = 0;
};
new MutationObserver(reachable).observe(document.body, {
  attributeFilter: ["tabindex"], attributes: true, childList: true, subtree: true,
});
reachable();
