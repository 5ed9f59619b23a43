/**
 * Keeps the keyboard's place within an element whose controls give way to others: where the one that had the focus is gone, its first
 * button that can be used gets it. Returns the way to stop.
 */
export function keptFocus(element: HTMLElement): () => void {
  let held: Element | null = null;
  const follow = (event: FocusEvent): void => {
    held = event.target instanceof Element && element.contains(event.target) ? event.target : null;
  };
  document.addEventListener('focusin', follow);
  // Left for nothing while it is still there: by a click beside it. An element that is taken away is left for nothing, too, while it still seems to be there.
  const leave = (event: FocusEvent): void => {
    const { target, relatedTarget } = event;
    if (relatedTarget === null)
      setTimeout(() => {
        if (held === target && target instanceof Element && target.isConnected && document.activeElement !== target) held = null;
      });
  };
  element.addEventListener('focusout', leave);
  const observer = new MutationObserver(() => {
    if (held === null || held.isConnected) return;
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    element.querySelector<HTMLElement>('button.primary, button')?.focus();
  });
  observer.observe(element, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', follow);
    element.removeEventListener('focusout', leave);
    observer.disconnect();
  };
}
