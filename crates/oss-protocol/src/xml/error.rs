//! The error document, in its three forms: XML, JSON, and base64 in the `x-oss-err` header of answers to HEAD.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{MalformedXml, Reader, Writer};

/// What OSS says when it refuses a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDocument {
    /// The code, such as `NoSuchKey`; see [`Code`](crate::code::Code).
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// Identifier of the request, to quote to the service's support.
    pub request_id: String,
    /// The host that was asked.
    pub host_id: String,
    /// The number of the error; absent from old answers.
    pub ec: Option<String>,
    /// Every other element, name and text, in the order of the document: `Key`, `StringToSign`, `Endpoint` and more.
    pub details: Vec<(String, String)>,
}

impl ErrorDocument {
    /// The text of a further element.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(given, _)| given == name).map(|(_, text)| text.as_str())
    }

    /// Reads the body of a refusal, XML or JSON (`{"Error":{…}}`).
    ///
    /// # Errors
    /// A body in neither form, or without a code.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let start = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let document = if start == Some(&b'{') { Self::read_json(body)? } else { Self::read_xml(body)? };
        if document.code.is_empty() {
            return Err(MalformedXml::new("the error document has no code"));
        }
        Ok(document)
    }

    /// Reads the value of `x-oss-err`, which holds the document in base64.
    ///
    /// # Errors
    /// A value that is not base64, or as [`read`](Self::read).
    pub fn read_header(value: &str) -> Result<Self, MalformedXml> {
        let body = STANDARD.decode(value.trim()).map_err(|_| MalformedXml::new("`x-oss-err` is not base64"))?;
        Self::read(&body)
    }

    /// Writes the document as XML.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("Error").text("Code", &self.code).text("Message", &self.message);
        xml.text("RequestId", &self.request_id).text("HostId", &self.host_id);
        for (name, text) in &self.details {
            xml.text(name, text);
        }
        if let Some(ec) = &self.ec {
            xml.text("EC", ec);
            xml.text("RecommendDoc", &format!("https://api.alibabacloud.com/troubleshoot?q={ec}"));
        }
        xml.close("Error");
        xml.finish()
    }

    /// Writes the document as the value of `x-oss-err`.
    #[must_use]
    pub fn write_header(&self) -> String {
        STANDARD.encode(self.write())
    }

    fn read_xml(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["Error"])?;
        let mut document = Self::default();
        while let Some(name) = reader.child()? {
            let name = name.to_owned();
            let text = reader.text()?;
            document.set(name, text);
        }
        Ok(document)
    }

    fn set(&mut self, name: String, text: String) {
        match name.as_str() {
            "Code" => self.code = text.trim().to_owned(),
            "Message" => self.message = text.trim().to_owned(),
            "RequestId" => self.request_id = text.trim().to_owned(),
            "HostId" => self.host_id = text.trim().to_owned(),
            "EC" => self.ec = Some(text.trim().to_owned()),
            _ => self.details.push((name, text)),
        }
    }

    fn read_json(body: &[u8]) -> Result<Self, MalformedXml> {
        let refuse = || MalformedXml::new("the JSON error document is malformed");
        let parsed: serde_json::Value = serde_json::from_slice(body).map_err(|_| refuse())?;
        let fields = parsed.get("Error").unwrap_or(&parsed).as_object().ok_or_else(refuse)?;
        let mut document = Self::default();
        for (name, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            document.set(name.clone(), text);
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTURED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<Error xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\">
  <Code>NoSuchKey</Code>
  <Message>The specified key does not exist.</Message>
  <RequestId>5C3D9175B6FC201293AD****</RequestId>
  <HostId>b.oss-cn-hangzhou.aliyuncs.com</HostId>
  <Key>a &amp; &#x01;b.txt</Key>
  <EC>0026-00000001</EC>
  <RecommendDoc>https://api.alibabacloud.com/troubleshoot?q=0026-00000001</RecommendDoc>
</Error>";

    #[test]
    fn an_answer_of_the_service_is_read_in_full() {
        let document = ErrorDocument::read(CAPTURED.as_bytes()).unwrap();
        assert_eq!(document.code, "NoSuchKey");
        assert_eq!(document.message, "The specified key does not exist.");
        assert_eq!(document.request_id, "5C3D9175B6FC201293AD****");
        assert_eq!(document.host_id, "b.oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(document.ec.as_deref(), Some("0026-00000001"));
        assert_eq!(document.detail("Key"), Some("a & \u{1}b.txt"));
    }

    #[test]
    fn the_header_form_and_the_json_form_say_the_same() {
        let expected = ErrorDocument::read(CAPTURED.as_bytes()).unwrap();
        assert_eq!(ErrorDocument::read_header(&STANDARD.encode(CAPTURED)).unwrap(), expected);
        let json = br#" {"Error":{"Code":"NoSuchKey","Message":"gone","RequestId":"1","HostId":"h","Count":3}}"#;
        let document = ErrorDocument::read(json).unwrap();
        assert_eq!((document.code.as_str(), document.detail("Count")), ("NoSuchKey", Some("3")));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let document = ErrorDocument {
            code: "SignatureDoesNotMatch".into(),
            message: "<not> a match".into(),
            request_id: "5C3D9175B6FC201293AD0000".into(),
            host_id: "127.0.0.1".into(),
            ec: None,
            details: vec![("StringToSign".into(), "GET\n\n\r\t]]>".into()), ("Key".into(), " 目 \u{7f}".into())],
        };
        assert_eq!(ErrorDocument::read(document.write().as_bytes()).unwrap(), document);
        assert_eq!(ErrorDocument::read_header(&document.write_header()).unwrap(), document);
    }

    #[test]
    fn garbage_is_refused_not_believed() {
        for body in [
            "",
            "   ",
            "<html><body>502 Bad Gateway</body></html>",
            "<Error></Error>",
            "<Error><Code>",
            "{}",
            "{\"Error\":1}",
            "not XML",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>",
            "<Error><Code>&a;</Code></Error>",
            "<Error><Code>x</Error>",
        ] {
            assert!(ErrorDocument::read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(ErrorDocument::read(b"<Error><Code>\xFF</Code></Error>").is_err());
        assert!(ErrorDocument::read_header("%%%").is_err());
        let deep = format!("<Error>{}{}<Code>x</Code></Error>", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(ErrorDocument::read(deep.as_bytes()).unwrap_err().to_string().contains("deeper"));
    }
}
