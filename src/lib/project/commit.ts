import type { UseStore } from 'idb-keyval';

/**
 * Changes what is stored, also when the page is left in the same moment: a transaction that waits for its page to hear of its requests ends
 * undone with the page, one that was told to commit does not (Indexed Database API 3.0, `IDBTransaction.commit()`). Whoever reads after
 * `change` was called finds what it did.
 */
export function commit(store: UseStore, change: (objects: IDBObjectStore) => void): Promise<void> {
  return store(
    'readwrite',
    (objects) =>
      new Promise((resolve, reject) => {
        const { transaction } = objects;
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('the browser gave up storing it'));
        change(objects);
        transaction.commit();
      }),
  );
}
