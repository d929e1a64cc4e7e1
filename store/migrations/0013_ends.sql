-- Data subjects' requests, incidents and officers' names end, too (store/retention.h): each is found through an index that holds only what has
-- ended and isn't erased yet. What stood in their rows of privacy_event ends with what was read: those that were passed over are looked at again.
CREATE INDEX data_request_ended ON data_request (done_at) WHERE done_at > 0 AND subscriber_id <> 0;
CREATE INDEX incident_ended ON incident (told_at) WHERE told_at > 0 AND length(reason_sealed) > 0;
CREATE INDEX officer_ended ON officer (ended_at) WHERE ended_at > 0 AND length(name_sealed) > 0;
UPDATE retention SET cursor = 0 WHERE kind = 'read';
