-- The signed document that goes with a result (store/document_ref.h): its hash and number. NULL: none.
ALTER TABLE answer ADD COLUMN document_sealed BLOB;
