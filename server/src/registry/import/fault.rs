//! What can be wrong with a line of a file.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($name:ident = $code:literal, $zh:literal;)*) => {
        /// Every code a fault may carry. Codes are never renamed or reused.
        #[allow(missing_docs)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// A sentence for a person, in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Code::$name => $zh,)* }
            }
        }
    };
}

codes! {
    // The file.
    TooLarge = "file_too_large", "文件过大，请分成几个文件导入";
    Spreadsheet = "not_text", "这不是所需的文件，表格请在 Excel 中另存为“.xlsx”或“CSV UTF-8”";
    SheetUnknown = "sheet_unknown", "工作簿中没有这个工作表";
    Encoding = "bad_encoding", "文字编码既不是 UTF-8 也不是 GB18030";
    Empty = "empty_file", "文件中没有数据";
    Delimiter = "wrong_delimiter", "列之间必须用英文逗号分隔";
    Syntax = "bad_syntax", "格式有误，无法读取";
    // The head of a table.
    ColumnMissing = "column_missing", "缺少必需的列";
    ColumnUnknown = "column_unknown", "不认识的列";
    ColumnTwice = "column_twice", "同一列出现两次";
    // A line, a cell.
    CellsTooMany = "too_many_cells", "此行的单元格比表头多";
    Missing = "missing", "此处不能为空";
    ExcelNumber = "excel_number", "Excel 已把代码变成了数字，请把该列设为“文本”后重新填写";
    CellError = "cell_error", "此处的公式出错";
    BadCode = "bad_code", "代码格式不对";
    BadName = "bad_name", "编号格式不对";
    BadDate = "bad_date", "日期格式不对，应为 2026-01-31";
    BadFlag = "bad_flag", "应填“是”或“否”";
    BadRole = "bad_role", "没有这种角色";
    BadCharacter = "bad_character", "含有不可见的控制字符";
    ToBeforeFrom = "to_before_from", "结束日期早于开始日期";
    Schema = "schema", "内容不符合规定";
    Duplicate = "duplicate", "与前面的行重复";
    Differs = "differs", "与前面的行矛盾";
    Overlap = "overlap", "与同一对象的另一时段重叠";
    // What a line refers to.
    UnknownDistrict = "unknown_district", "没有这个区，请先导入行政区划";
    UnknownVillage = "unknown_village", "本区没有这个村，请先导入行政区划";
    VillageEnded = "village_ended", "此村已撤并，请改填并入后的村";
    UnknownPlace = "unknown_place", "本区没有这个地方";
    UnknownUnit = "unknown_unit", "没有这个单位，请先导入单位";
    UnknownTeam = "unknown_team", "没有这个工作队，请先导入工作队";
    UnknownPerson = "unknown_person", "没有这个人，请先导入人员";
    AmbiguousPerson = "ambiguous_person", "同名不止一人，请在姓名后注明单位、电话末几位或人员编号";
    NotPosted = "not_posted", "此人届时不在该队驻点";
    // Of an attendance sheet on paper.
    BadMark = "bad_mark", "不认识的考勤符号";
    // Of what is taken all the same.
    SameName = "same_name", "同名，请核对是否为同一人";
    Renamed = "renamed", "村名与原来不同；若是更名，请填曾用名和更名日期";
    FenceOfParts = "fence_of_parts", "并入的村当日没有电子围栏，新围栏只由被并的村组成";
    UnknownLevel = "unknown_level", "从名称看不出是村委会还是居委会";
    StillStands = "still_stands", "此村尚未撤并，请用并村功能办理";
    OtherTown = "other_town", "代码换了镇街：请作为新村导入，再把原村并入";
    OtherDistrict = "other_district", "此镇街已属于另一个区";
    OtherVillage = "other_village", "该工作队属于另一个村";
    Moved = "moved", "此编号已在别处使用，请换一个编号";
    RolePlace = "role_place", "该角色不能授予这一级";
    NotYours = "not_yours_to_grant", "只有管理员才能授予管理员角色";
    // Fences.
    DatumMissing = "datum_missing", "没有说明坐标系，请注明 wgs84、cgcs2000、gcj02、bd09 或投影（如 EPSG:4525）";
    DatumNotPublic = "datum_not_public", "此坐标系的转换参数不公开，请测绘单位提供 CGCS2000 成果";
    DatumDiffers = "datum_differs", "文件中的坐标系与所选的不同";
    BadGeometry = "bad_geometry", "边界图形不对";
    Swapped = "swapped", "经纬度顺序似乎颠倒了，应先经度后纬度";
    Projected = "projected", "这是投影坐标（米）：请注明投影（如 EPSG:4525），或导出为经纬度";
    Crossing = "crossing", "边界自相交";
    OpenRing = "open_ring", "边界线没有闭合";
    TooManyPoints = "too_many_points", "边界的点太多，最多 10000 个";
    NoArea = "no_area", "边界没有围住任何面积";
    HoleOutside = "hole_outside", "孔洞在其多边形之外";
    PartsNested = "parts_nested", "边界的一部分在另一部分之内";
    // Templates.
    MemberUnknown = "member_unknown", "不认识的字段";
    Template = "bad_template", "清单模板有误";
    VersionTaken = "template_version_taken", "此版本已存在且内容不同，请把版本号加一";
}

/// One thing wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineFault {
    /// The line of the file, from 1.
    pub line: u64,
    /// The column of a table as the file names it, or the path into a GeoJSON or YAML file; empty: the line as a whole.
    pub column: String,
    /// Of a workbook: the cell, such as `B7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// A stable code.
    pub code: &'static str,
    /// What exactly, for a person.
    pub message: String,
    /// In Chinese, what in general.
    pub message_zh: &'static str,
    /// Of fences: the repair that would mend it, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<&'static str>,
}

impl std::fmt::Display for LineFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let column = if self.column.is_empty() { String::new() } else { format!(", {}", self.column) };
        let column = self.cell.as_ref().map_or(column.clone(), |cell| format!("{column} ({cell})"));
        write!(f, "line {}{column}: {} {} [{}]", self.line, self.message_zh, self.message, self.code)
    }
}

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) found: Vec<LineFault>,
    /// What a person should look at: it is taken all the same, or left out where that was asked for.
    pub(super) warnings: Vec<LineFault>,
    /// Of a workbook: the letters of the column below each header.
    pub(super) columns: BTreeMap<String, String>,
}

impl Faults {
    pub(super) fn push(&mut self, line: u64, column: &str, code: Code, message: impl Into<String>) {
        self.push_mendable(line, column, code, message, None);
    }

    pub(super) fn push_mendable(
        &mut self,
        line: u64,
        column: &str,
        code: Code,
        message: impl Into<String>,
        repair: Option<&'static str>,
    ) {
        let fault = self.told(line, column, code, message.into());
        self.found.push(LineFault { repair, ..fault });
    }

    /// Notes what a person should look at.
    pub(super) fn warn(&mut self, line: u64, column: &str, code: Code, message: impl Into<String>) {
        let warning = self.told(line, column, code, message.into());
        self.warnings.push(warning);
    }

    fn told(&self, line: u64, column: &str, code: Code, message: String) -> LineFault {
        let cell = self.columns.get(column).map(|letters| format!("{letters}{line}"));
        let (column, message_zh, code) = (column.to_owned(), code.zh(), code.code());
        LineFault { line, column, cell, code, message, message_zh, repair: None }
    }

    /// Sorted by line, so that equal files give equal reports.
    pub(super) fn into_sorted(mut self) -> Vec<LineFault> {
        self.found.sort_by_key(|f| f.line);
        self.found
    }
}
