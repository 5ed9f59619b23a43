import type { AlertDeck } from '../model/alert-deck.js';

/** Expands an alert's card, keeps it open and puts the focus there. */
export function showCard(deck: AlertDeck, id: string): void {
  deck.pinned.value = id;
  // Once it is drawn; what collapsed above it moved it.
  requestAnimationFrame(() => {
    const card = document.getElementById(`alert-${id}`);
    card?.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    card?.focus({ preventScroll: true });
  });
}
