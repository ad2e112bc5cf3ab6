import type { UseStore } from 'idb-keyval';

/**
 * Stores a value, also when its page is left in the same moment: a transaction that waits for its page to hear of its requests ends
 * undone with the page, one that was told to commit does not (Indexed Database API 3.0, `IDBTransaction.commit()`). `written`: is called as soon
 * as whoever reads finds the value, although it is not stored yet.
 */
export function keep(store: UseStore, key: string, value: unknown, written?: () => void): Promise<void> {
  return store(
    'readwrite',
    (objects) =>
      new Promise((resolve, reject) => {
        const { transaction } = objects;
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('the browser gave up storing it'));
        objects.put(value, key);
        transaction.commit();
        written?.();
      }),
  );
}
